import { expect } from 'chai';
import { check, section } from '../check.ts';
import { visit } from '../clients.ts';

const routing = () => {
  const routeOf = async (message: unknown): Promise<string> => {
    const visitor = await visit('main');
    visitor.send(message);
    return JSON.parse(await visitor.next()).requestContext.routeKey;
  };
  for (const [id, what, message, routeKey, source, confirmed] of [
    ['action', 'A message whose action is a route key', { action: 'echo' }, 'echo', 'facts §4 DOC S26', true],
    ['unknown', 'An unknown action', { action: 'dance' }, '$default', 'facts §4 DOC S26', true],
    ['case', 'An action in another case', { action: 'ECHO' }, '$default', 'facts §4 DOC S26', true],
    ['space', 'An action with a space around it', { action: ' echo' }, '$default', 'facts §4 DOC S26', true],
    ['missing', 'A message without action', { text: 'hi' }, '$default', 'facts §4 DOC S26', true],
    ['null', 'An action that is null', { action: null }, '$default', 'facts §4 DOC S26', false],
    ['list', 'An action that is a list', { action: ['echo'] }, '$default', 'facts §4 DOC S26', true],
    ['text', 'Text that is no JSON', 'My name is John', '$default', 'facts §4 DOC S26', true],
    ['half', 'JSON that breaks off', '{"action":"echo"', '$default', 'facts §4 DOC S26', true],
    ['array', 'A JSON list', '["echo"]', '$default', 'facts §4 DOC S26', false],
    ['scalar', 'A JSON number', '5', '$default', 'facts §4 DOC S26', false],
    ['empty', 'An empty message', '', '$default', 'facts §4 DOC S26', false],
    ['platform', 'An action that names $connect', { action: '$connect' }, '$default', 'facts §4 DOC S26', false],
  ] as const) {
    check(`route-${id}`, `${what} goes to ${routeKey}`, { source, confirmed }, async () => {
      expect(await routeOf(message)).to.equal(routeKey);
    });
  }
  for (const [id, what, message, routeKey, confirmed] of [
    [
      'nested',
      'A path below another, with constants between variables',
      { service: 'chat', meta: { version: 2 } },
      'chat-v2',
      true,
    ],
    ['boolean', 'A boolean', { service: 'chat', meta: { version: true } }, 'chat-vtrue', false],
    ['stringified-list', 'A list, stringified', { service: 'chat', meta: { version: [1, 2] } }, 'chat-v[1,2]', true],
    [
      'stringified-object',
      'An object, stringified',
      { service: 'chat', meta: { version: { a: 1 } } },
      'chat-v{"a":1}',
      true,
    ],
    ['missing-part', 'A path that is not there, as an empty string', { service: 'chat' }, 'chat-v', true],
    ['missing-all', 'No path there, only the constants', {}, '-v', true],
    ['composed-unknown', 'Anything else', { service: 'chat', meta: { version: 3 } }, '$default', true],
  ] as const) {
    check(
      `route-${id}`,
      `${what}, makes the route key ${routeKey}`,
      { source: 'facts §4 DOC S26', confirmed, api: 'mixed' },
      async () => {
        const visitor = await visit('mixed', { userAgent: null });
        visitor.send(message);
        expect(JSON.parse(await visitor.next()).requestContext.routeKey).to.equal(routeKey);
      },
    );
  }
};

export function routingChecks(): void {
  section('Routing', routing);
}
