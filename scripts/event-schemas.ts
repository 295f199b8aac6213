/**
 * A JSON Schema for each lifecycle event, as it arrives from EventBridge: the detail from the schemas that its type follows
 * from, descriptions from their doc comments.
 */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type LifecycleEventType, lifecycleEvents } from '../packages/core/src/protocol/index.ts';
import { docCommentsOf } from './doc-comments.ts';
import { jsonSchemaOf } from './json-schema.ts';

export const eventSchemasFolder = resolve(import.meta.dirname, '../docs/events');
export const eventTypes = Object.keys(lifecycleEvents) as LifecycleEventType[];

/** `docs/events/session-started.schema.json` and so on. */
export const eventSchemaFile = (type: LifecycleEventType): string =>
  join(eventSchemasFolder, `${type.replaceAll(/(?<=.)[A-Z]/g, '-$&').toLowerCase()}.schema.json`);

const source = resolve(import.meta.dirname, '../packages/core/src/protocol/lifecycle-events.ts');

/** @throws {Error} the event has no doc comment */
export function renderEventSchema(type: LifecycleEventType): string {
  const comments = docCommentsOf(readFileSync(source, 'utf8'));
  const description = comments.get(type);
  if (description === undefined) throw new Error(`The event ${type} has no doc comment in ${source}`);
  const describe = (field: string) => comments.get(`${type}.${field}`) ?? comments.get(`sessionFacts.${field}`);
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: type,
    description,
    type: 'object',
    properties: {
      ...envelope,
      'detail-type': { const: type },
      source: { type: 'string', pattern: '^sessions\\.', description: '`sessions.<environment>`' },
      detail: jsonSchemaOf(lifecycleEvents[type], describe),
    },
    required: [...Object.keys(envelope), 'detail-type', 'source', 'detail'],
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

/** @see "AWS service event metadata", EventBridge User Guide */
const envelope = {
  version: { const: '0' },
  id: { type: 'string', description: 'Of this publication; an event that is published twice has two.' },
  account: { type: 'string' },
  time: { type: 'string', format: 'date-time' },
  region: { type: 'string' },
  resources: { type: 'array', items: { type: 'string' } },
};
