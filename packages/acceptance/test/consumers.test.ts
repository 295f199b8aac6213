import { DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { expect } from 'chai';
import { type System, startSystem } from '../src/index.ts';

/** A system beside this one, such as the translation pipeline, that reads the connections' index by itself. */
describe('a consumer of the index of connections', () => {
  let system: System;
  let client: DynamoDBClient;
  beforeEach(async () => {
    system = await startSystem();
    const { endpoint, credentials, stack } = system.stack;
    client = new DynamoDBClient({ endpoint, credentials, region: stack.region });
  });
  afterEach(async () => {
    client.destroy();
    await system.stop();
  });

  async function listenersOf(sessionId: string) {
    const { outputs } = system.stack.stack;
    const { Items = [] } = await client.send(
      new QueryCommand({
        TableName: String(outputs.connections_table_name),
        IndexName: String(outputs.connections_index_name),
        KeyConditionExpression: 'sessionId = :sessionId',
        FilterExpression: '#role = :listener',
        ExpressionAttributeNames: { '#role': 'role' },
        ExpressionAttributeValues: { ':sessionId': { S: sessionId }, ':listener': { S: 'listener' } },
      }),
    );
    return Items.map((item) => unmarshall(item));
  }

  it('finds the listeners of a session by their role, and what they hear, and nothing else', async () => {
    const { sessionId } = await system.broadcast('priscilla');
    const spanish = await system.joined(sessionId, 'es');
    const french = await system.joined(sessionId, 'fr');

    const found = await listenersOf(sessionId);

    const withoutPlace = found.map(({ placeShard, ...rest }) => {
      expect(placeShard).to.match(/^\d+#\d+$/);
      return rest;
    });
    expect(withoutPlace).to.have.deep.members([
      { connectionId: system.connectionIdOf(spanish), sessionId, targetLanguage: 'es', role: 'listener' },
      { connectionId: system.connectionIdOf(french), sessionId, targetLanguage: 'fr', role: 'listener' },
    ]);
  });
});
