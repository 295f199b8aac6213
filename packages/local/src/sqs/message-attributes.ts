import { createHash } from 'node:crypto';

export type MessageAttributes = Readonly<
  Record<string, { readonly DataType: string; readonly StringValue?: string; readonly BinaryValue?: string }>
>;

/** Makes message attributes of plain texts. */
export const textAttributes = (texts: Readonly<Record<string, string>>): MessageAttributes =>
  Object.fromEntries(Object.entries(texts).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]));

/** As SDKs compute it, too, and compare. @see "Amazon SQS message metadata", SQS Developer Guide */
export function md5OfAttributes(attributes: MessageAttributes): string {
  const hash = createHash('md5');
  const add = (bytes: Buffer): void => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  for (const [name, { DataType, StringValue, BinaryValue }] of Object.entries(attributes).sort(([a], [b]) =>
    a < b ? -1 : 1,
  )) {
    add(Buffer.from(name));
    add(Buffer.from(DataType));
    const isBinary = DataType.startsWith('Binary');
    hash.update(Buffer.from([isBinary ? 2 : 1]));
    add(isBinary ? Buffer.from(BinaryValue ?? '', 'base64') : Buffer.from(StringValue ?? ''));
  }
  return hash.digest('hex');
}
