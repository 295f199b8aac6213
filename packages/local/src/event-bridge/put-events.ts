import type { BusEvent } from './event.ts';

/** @see "PutEvents", EventBridge API Reference */
const MAX_ENTRIES = 10;
const MAX_TOTAL_BYTES = 1_048_576;
const MAX_DETAIL_TYPE = 128;
const MAX_LEVELS = 1000;
/** What the time of an entry counts as. @see "Calculating PutEvents event entry size", EventBridge User Guide */
const TIME_BYTES = 14;

/** An entry that a bus can take. */
export interface AcceptedEntry {
  readonly busName: string;
  readonly event: Pick<BusEvent, 'detail-type' | 'source' | 'resources' | 'detail'>;
  /** Absent: that of the call. */
  readonly atMs?: number;
}

export interface RefusedEntry {
  readonly ErrorCode: string;
  readonly ErrorMessage: string;
}

/** The whole call is refused. */
export class PutEventsError extends Error {
  override readonly name = 'PutEventsError';
  readonly code = 'ValidationException';
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Parses the input of PutEvents, one result for each entry.
 * @throws {PutEventsError} none of it is taken
 */
export function parsePutEvents(input: Fields): (AcceptedEntry | RefusedEntry)[] {
  const { Entries: entries, EndpointId } = input;
  if (EndpointId !== undefined) throw new PutEventsError('EndpointId: global endpoints cannot be run here');
  if (!Array.isArray(entries) || !entries.every(isObject)) {
    throw invalid('entries', 'Member must not be null');
  }
  if (entries.length === 0) throw invalid('entries', 'Member must have length greater than or equal to 1');
  if (entries.length > MAX_ENTRIES) {
    throw invalid('entries', `Member must have length less than or equal to ${MAX_ENTRIES}`);
  }
  const totalBytes = entries.reduce((sum, entry) => sum + sizeOf(entry), 0);
  if (totalBytes > MAX_TOTAL_BYTES) {
    throw new PutEventsError('Total size of the entries in the request is over the limit.');
  }
  return entries.map(parseEntry);
}

/** The names of the buses that the entries are for, each once; for IAM, which comes before any other check. */
export function busesOf(input: Fields): string[] {
  const entries = Array.isArray(input.Entries) ? input.Entries.filter(isObject) : [];
  return [...new Set(entries.map(({ EventBusName }) => busNameOf(EventBusName)))];
}

function parseEntry(entry: Fields): AcceptedEntry | RefusedEntry {
  const { Source, DetailType, Detail, Resources, Time } = entry;
  if (typeof Source !== 'string' || Source === '') return required('Source');
  if (typeof DetailType !== 'string' || DetailType === '') return required('DetailType');
  if (typeof Detail !== 'string' || Detail === '') return required('Detail');
  if (DetailType.length > MAX_DETAIL_TYPE) {
    return notValid('DetailType', `DetailType is longer than ${MAX_DETAIL_TYPE} characters.`);
  }
  if (Source.startsWith('aws.')) {
    return { ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage: 'Not authorized for the source.' };
  }
  const detail = parseObject(Detail);
  if (detail === undefined || isDeeperThan(MAX_LEVELS, detail)) {
    return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
  }
  return {
    busName: busNameOf(entry.EventBusName),
    event: { 'detail-type': DetailType, source: Source, resources: textsOf(Resources), detail },
    ...(typeof Time === 'number' && { atMs: Time * 1000 }),
  };
}

/** A bus is named by its name or its ARN. */
const busNameOf = (reference: unknown): string =>
  typeof reference === 'string' && reference !== '' ? reference.replace(/^arn:.*:event-bus\//, '') : 'default';

const required = (name: string): RefusedEntry => notValid(name, `${name} is a required argument.`);
const notValid = (name: string, reason: string): RefusedEntry => ({
  ErrorCode: 'InvalidArgument',
  ErrorMessage: `Parameter ${name} is not valid. Reason: ${reason}`,
});

const invalid = (name: string, constraint: string): PutEventsError =>
  new PutEventsError(
    `1 validation error detected: Value '[PutEventsRequestEntry]' at '${name}' failed to satisfy constraint: ${constraint}`,
  );

const sizeOf = ({ Source, DetailType, Detail, Resources, Time }: Fields): number =>
  [Source, DetailType, Detail, ...textsOf(Resources)].reduce<number>(
    (sum, text) => sum + (typeof text === 'string' ? Buffer.byteLength(text) : 0),
    Time === undefined ? 0 : TIME_BYTES,
  );

const textsOf = (list: unknown): string[] =>
  Array.isArray(list) ? list.filter((one): one is string => typeof one === 'string') : [];

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parseObject(json: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Level by level, not by recursion: that is what the limit protects. */
function isDeeperThan(levels: number, value: unknown): boolean {
  let level = [value];
  for (let depth = 0; depth <= levels; depth++) {
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []));
    if (level.length === 0) return false;
  }
  return true;
}
