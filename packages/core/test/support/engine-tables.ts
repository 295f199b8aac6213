import { LISTENERS_INDEX, OPEN_SESSIONS_INDEX } from '../../src/dynamodb/index.ts';

export const TABLE_NAMES = { sessions: 'Sessions', connections: 'Connections', messages: 'Messages' } as const;

const text = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' });
const key = (AttributeName: string, KeyType: 'HASH' | 'RANGE') => ({ AttributeName, KeyType });

/** Creates the tables with the keys and indexes that infra gives them. */
export async function createTables(call: (operation: string, input: object) => Promise<unknown>): Promise<void> {
  await call('CreateTable', {
    TableName: TABLE_NAMES.sessions,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: [key('sessionId', 'HASH'), key('part', 'RANGE')],
    AttributeDefinitions: [
      ...['sessionId', 'part', 'speakerUserId'].map(text),
      { AttributeName: 'openSince', AttributeType: 'N' },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: OPEN_SESSIONS_INDEX,
        KeySchema: [key('speakerUserId', 'HASH'), key('openSince', 'RANGE')],
        Projection: { ProjectionType: 'ALL' },
      },
    ],
  });
  await call('CreateTable', {
    TableName: TABLE_NAMES.connections,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: [key('connectionId', 'HASH')],
    AttributeDefinitions: ['connectionId', 'sessionId', 'targetLanguage'].map(text),
    GlobalSecondaryIndexes: [
      {
        IndexName: LISTENERS_INDEX,
        KeySchema: [key('sessionId', 'HASH'), key('targetLanguage', 'RANGE')],
        Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['role', 'placeShard'] },
      },
    ],
  });
  await call('CreateTable', {
    TableName: TABLE_NAMES.messages,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: [key('channel', 'HASH'), key('offset', 'RANGE')],
    AttributeDefinitions: [text('channel'), { AttributeName: 'offset', AttributeType: 'N' }],
  });
}
