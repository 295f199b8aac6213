import { readFile } from 'node:fs/promises';
import { awsServices } from '../aws/services.ts';
import { FaultPlanError } from './errors.ts';
import { deliveryErrors, entryErrors, type FaultPlan } from './plan.ts';

/**
 * Reads a fault plan from a JSON file.
 * @throws {FaultPlanError} names the file and the place in it
 */
export async function readFaultPlan(file: string): Promise<FaultPlan> {
  const text = await readFile(file, 'utf8').catch((cause: Error) => {
    throw new FaultPlanError(`The fault plan ${file} cannot be read: ${cause.message}`, { cause });
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FaultPlanError(`The fault plan ${file} is not JSON: ${reason}`, { cause });
  }
  return parseFaultPlan(json, file);
}

/**
 * Checks a fault plan of whatever origin, strictly: what it does not know it refuses, for a misspelled condition would
 * otherwise fire everywhere.
 * @param origin what messages call it, e.g. the file
 * @throws {FaultPlanError} the first thing that is wrong, e.g. `plan.json: rules[2].probability must be …`
 */
export function parseFaultPlan(value: unknown, origin = 'Fault plan'): FaultPlan {
  try {
    const plan = objectAt('the plan', value, ['seed', 'transactionHoldMs', 'pageItems', 'rules']);
    optional(plan, 'seed', 'seed', isWhole, 'a whole number');
    optional(plan, 'transactionHoldMs', 'transactionHoldMs', isMilliseconds, 'a number of milliseconds');
    optional(plan, 'pageItems', 'pageItems', isPositiveWhole, 'a whole number from 1');
    if (!Array.isArray(plan.rules)) fail('rules', 'a list of rules', plan.rules);
    plan.rules.forEach((rule, position) => {
      checkRule(`rules[${position}]`, rule);
    });
    return value as FaultPlan;
  } catch (error) {
    if (error instanceof Problem) throw new FaultPlanError(`${origin}: ${error.message}`);
    throw error;
  }
}

class Problem extends Error {}
type Fields = Readonly<Record<string, unknown>>;

const ruleKinds = ['call', 'disconnect', 'index', 'stream', 'batch', 'entry', 'delivery'];
const timingFields = ['name', 'probability', 'nth', 'every', 'times'];

function checkRule(path: string, rule: unknown): void {
  const kinds = ruleKinds.filter((kind) => isObject(rule) && kind in rule);
  const [kind] = kinds;
  if (!isObject(rule) || kind === undefined || kinds.length > 1) {
    fail(path, `an object with one of ${ruleKinds.join(', ')}`, rule);
  }
  objectAt(path, rule, [kind, 'do', ...(kind === 'index' || kind === 'stream' ? ['name'] : timingFields)]);
  checkTiming(path, rule);
  switch (kind) {
    case 'call': {
      const call = checkCallPattern(`${path}.call`, rule.call);
      checkCallFault(`${path}.do`, rule.do, call.service);
      break;
    }
    case 'disconnect': {
      const { statusCode } = objectAt(`${path}.disconnect`, rule.disconnect, ['statusCode']);
      if (statusCode !== undefined && ![statusCode].flat().every(isWhole)) {
        fail(`${path}.disconnect.statusCode`, 'a close code or a list of them', statusCode);
      }
      if (rule.do === 'lose' || rule.do === 'duplicate') break;
      if (!isObject(rule.do)) fail(`${path}.do`, '"lose", "duplicate" or {"delayMs": …}', rule.do);
      objectAt(`${path}.do`, rule.do, ['delayMs']);
      checkDuration(`${path}.do.delayMs`, rule.do.delayMs);
      break;
    }
    case 'stream': {
      checkPatterns(`${path}.stream`, rule.stream, ['table']);
      const { delayMs } = objectAt(`${path}.do`, rule.do, ['delayMs']);
      if (!isMilliseconds(delayMs)) fail(`${path}.do.delayMs`, 'a number of milliseconds', delayMs);
      break;
    }
    case 'batch': {
      checkPatterns(`${path}.batch`, rule.batch, ['function', 'table']);
      checkMoment(`${path}.do.fail`, objectAt(`${path}.do`, rule.do, ['fail']).fail);
      break;
    }
    case 'entry': {
      checkPatterns(`${path}.entry`, rule.entry, ['bus', 'source', 'detailType', 'function']);
      checkError(`${path}.do`, rule.do, entryErrors);
      break;
    }
    case 'delivery': {
      checkPatterns(`${path}.delivery`, rule.delivery, ['bus', 'rule', 'function']);
      checkError(`${path}.do`, rule.do, deliveryErrors);
      break;
    }
    default: {
      checkPatterns(`${path}.index`, rule.index, ['table', 'index']);
      const { lagMs } = objectAt(`${path}.do`, rule.do, ['lagMs']);
      if (!isMilliseconds(lagMs)) fail(`${path}.do.lagMs`, 'a number of milliseconds', lagMs);
    }
  }
}

function checkPatterns(path: string, value: unknown, fields: readonly string[]): void {
  const patterns = objectAt(path, value, fields);
  for (const field of fields) optional(patterns, field, `${path}.${field}`, isText, 'a pattern: text with * and ?');
}

function checkCallPattern(path: string, value: unknown): Fields {
  const call = objectAt(path, value, ['service', 'operation', 'function', 'resource']);
  const isService = (service: unknown) => awsServices.some((known) => known === service);
  optional(call, 'service', `${path}.service`, isService, `one of ${awsServices.join(', ')}`);
  for (const field of ['operation', 'function', 'resource']) {
    optional(call, field, `${path}.${field}`, isText, 'a pattern: text with * and ?');
  }
  return call;
}

function checkTiming(path: string, rule: Fields): void {
  const isProbability = (value: unknown) => typeof value === 'number' && value >= 0 && value <= 1;
  optional(rule, 'name', `${path}.name`, isText, 'text');
  optional(rule, 'probability', `${path}.probability`, isProbability, 'a number from 0 to 1');
  const isNth = (value: unknown) => [value].flat().length > 0 && [value].flat().every(isCount);
  optional(rule, 'nth', `${path}.nth`, isNth, 'a whole number from 1, or a list of them');
  optional(rule, 'every', `${path}.every`, isCount, 'a whole number from 1');
  optional(rule, 'times', `${path}.times`, isCount, 'a whole number from 1');
  if ('nth' in rule && 'every' in rule) throw new Problem(`${path} has both nth and every: choose one`);
}

const simpleFaults = ['throttle', 'gone', 'bufferFull', 'transactionConflict'];
const faultsWithValue: Readonly<Record<string, (path: string, value: unknown) => void>> = {
  error: (path, value) => [500, 503].some((status) => status === value) || fail(path, '500 or 503', value),
  latencyMs: checkDuration,
  reset: checkMoment,
  kill: checkMoment,
  stallMs: checkDuration,
  waitFor: (path, value) => {
    const { call, atMostMs } = objectAt(path, value, ['call', 'atMostMs']);
    checkCallPattern(`${path}.call`, call);
    if (!isMilliseconds(atMostMs)) fail(`${path}.atMostMs`, 'a number of milliseconds', atMostMs);
  },
};

function checkCallFault(path: string, fault: unknown, service: unknown): void {
  const [key, ...others] = isObject(fault) ? Object.keys(fault) : [];
  const check = key === undefined || others.length > 0 ? undefined : faultsWithValue[key];
  const kind = check === undefined ? fault : key;
  if (isObject(fault) && key !== undefined && check !== undefined) check(`${path}.${key}`, fault[key]);
  else if (!simpleFaults.some((simple) => simple === fault)) {
    fail(
      path,
      `one of ${simpleFaults.map((name) => `"${name}"`).join(', ')}, or {${Object.keys(faultsWithValue).join('|')}: …}`,
      fault,
    );
  }
  const isOfConnections = kind === 'gone' || kind === 'bufferFull' || kind === 'stallMs';
  if (isOfConnections && service !== undefined && service !== 'execute-api') {
    throw new Problem(`${path}: ${kind} is a fault of the service execute-api alone, not of ${service}`);
  }
  if (kind === 'transactionConflict' && service !== undefined && service !== 'dynamodb') {
    throw new Problem(`${path}: ${kind} is a fault of the service dynamodb alone, not of ${service}`);
  }
}

function checkError(path: string, value: unknown, allowed: readonly string[]): void {
  const { error } = objectAt(path, value, ['error']);
  if (!allowed.some((known) => known === error)) {
    fail(`${path}.error`, `one of ${allowed.map((name) => `"${name}"`).join(', ')}`, error);
  }
}

function checkMoment(path: string, value: unknown): void {
  if (value !== 'before' && value !== 'after') fail(path, '"before" or "after"', value);
}

function checkDuration(path: string, value: unknown): void {
  const isRange = Array.isArray(value) && value.length === 2 && value.every(isMilliseconds) && value[0] <= value[1];
  if (!isRange && !isMilliseconds(value)) fail(path, 'milliseconds, or [least, most]', value);
}

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';
const isWhole = (value: unknown): boolean => Number.isSafeInteger(value);
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 1;
const isPositiveWhole = (value: unknown): boolean => isWhole(value) && Number(value) >= 1;
const isMilliseconds = (value: unknown): boolean =>
  typeof value === 'number' && value >= 0 && value < Number.POSITIVE_INFINITY;

/** An object without unknown fields. */
function objectAt(path: string, value: unknown, fields: readonly string[]): Fields {
  if (!isObject(value)) fail(path, 'an object', value);
  const unknown = Object.keys(value).find((key) => !fields.includes(key));
  if (unknown !== undefined) throw new Problem(`${path} has no field ${unknown} (it may have: ${fields.join(', ')})`);
  return value;
}

function optional(of: Fields, field: string, path: string, isRight: (value: unknown) => boolean, wanted: string): void {
  if (of[field] !== undefined && !isRight(of[field])) fail(path, wanted, of[field]);
}

function fail(path: string, wanted: string, value: unknown): never {
  throw new Problem(
    value === undefined ? `${path} is missing: ${wanted}` : `${path} must be ${wanted}, not ${JSON.stringify(value)}`,
  );
}
