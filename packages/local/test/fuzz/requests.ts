import { dynamoDbCall } from './dynamodb-calls.ts';
import type { Facts } from './facts.ts';
import { jsonText, mutateBytes, mutateJson } from './mutate.ts';
import type { Random } from './random.ts';
import { signedHeaders } from './sign.ts';

/** A request before it is written down. */
export interface Request {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

/** What a running server is asked about while the inputs are made. */
export interface Live {
  /** An open connection that may be closed by any input. */
  readonly connectionId: string;
}

/** A valid request of any kind that the port answers. */
export function validRequest(facts: Facts, live: Live, random: Random): Request {
  return random.pick([
    plainRequest,
    plainRequest,
    handshake,
    localRequest,
    dynamoDb,
    dynamoDb,
    connections,
    invocation,
  ])(facts, live, random);
}

const request = (facts: Facts, method: string, target: string, body = '', headers: Record<string, string> = {}) => ({
  method,
  target,
  body,
  headers: Object.entries({
    Host: facts.host,
    ...headers,
    ...(body !== '' && { 'Content-Length': String(Buffer.byteLength(body)) }),
  }),
});

const PATHS = [
  '/',
  '/index.html',
  '/none',
  '//',
  '/\\\\',
  'http://[::1',
  '*',
  '/%',
  '/%00',
  '/..%2f..%2fpackage.json',
  '/?x=1',
];

function plainRequest(facts: Facts, _: Live, random: Random): Request {
  const { host, stage } = facts;
  const others = [
    `/${stage}`,
    `//${stage}//`,
    `http://${host}/`,
    `http://${host}/_local/state`,
    `http://${host}`,
    host,
  ];
  const headers: Record<string, string> = random.chance(0.1) ? { Range: 'bytes=3-1', 'If-None-Match': 'x' } : {};
  return request(
    facts,
    random.pick(['GET', 'GET', 'HEAD', 'OPTIONS']),
    random.pick([...PATHS, ...others]),
    '',
    headers,
  );
}

/** A handshake, with a frame behind it that does not wait for the answer. */
function handshake(facts: Facts, _: Live, random: Random): Request {
  const extensions = random.pick(['permessage-deflate; client_max_window_bits', 'x;a="b', ',', ';;=']);
  return request(facts, 'GET', random.pick([`/${facts.stage}`, `/${facts.stage}?action=joinSession`, '/none']), '', {
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version': '13',
    ...(random.chance(0.3) && { 'Sec-WebSocket-Extensions': extensions }),
    ...(random.chance(0.5) && { 'Sec-WebSocket-Protocol': facts.protocols.join(', ') || 'a, b' }),
  });
}

/** What the page asks for. Not `cut`: it would cut the connection that has to survive. */
function localRequest(facts: Facts, _: Live, random: Random): Request {
  const [name, fields] = random.pick<readonly [string, object]>([
    ['faults', { plan: { seed: 7, rules: [{ call: { service: 'lambda' }, nth: [1, 4], do: { latencyMs: [1, 2] } }] } }],
    ['faults', { plan: { rules: [{ disconnect: { statusCode: 1001 }, times: 1, do: 'duplicate' }] }, forSeconds: 1 }],
    ['faults', { plan: null }],
    ['clock', { scale: 2, advanceSeconds: 1 }],
    ['none', {}],
  ]);
  const token = { username: 'me', clientId: 'c', userPoolId: 'us-east-1_x', expiresInSeconds: 60, tokenUse: 'access' };
  return random.pick([
    request(facts, 'GET', '/_local/state'),
    request(facts, 'GET', '/_local/events'),
    request(facts, 'GET', `/_local/tables/${random.pick([...facts.tables, 'none'])}`),
    request(facts, 'GET', '/us-east-1_x/.well-known/jwks.json'),
    request(facts, 'POST', '/_local/tokens', mutatedJson(token, random)),
    request(facts, 'POST', `/_local/controls/${name}`, mutatedJson(fields, random)),
    request(facts, 'POST', `/_local/controls/${name}`, mutatedJson(fields, random)),
  ]);
}

function dynamoDb(facts: Facts, _: Live, random: Random): Request {
  const [operation, input] = dynamoDbCall(facts.tables, random);
  return signed(facts, random, 'dynamodb', 'POST', '/', mutatedJson(input, random), {
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': `DynamoDB_20120810.${operation}`,
  });
}

function connections(facts: Facts, { connectionId }: Live, random: Random): Request {
  const id = random.chance(0.6)
    ? encodeURIComponent(connectionId)
    : random.pick(['TXzPWdnOjoECGjA%3D', '%', '%ff', '..']);
  const method = random.pick(['POST', 'POST', 'POST', 'GET', 'DELETE', 'PUT']);
  const body = method === 'POST' ? jsonText(mutateJson(random.pick(facts.messages), random), random) : '';
  return signed(facts, random, 'execute-api', method, `/${facts.stage}/@connections/${id}`, body, {});
}

function invocation(facts: Facts, _: Live, random: Random): Request {
  const path = `/2015-03-31/functions/${random.pick([...facts.functions, 'none', '%', 'a:b:c'])}/invocations`;
  const type = random.pick(['RequestResponse', 'Event', 'DryRun', 'x']);
  const event = { requestContext: { routeKey: '$default', connectionId: 'a' }, body: '{"action":"x"}' };
  return signed(facts, random, 'lambda', 'POST', path, mutatedJson(event, random), { 'x-amz-invocation-type': type });
}

function signed(
  facts: Facts,
  random: Random,
  service: string,
  method: string,
  path: string,
  body: string,
  headers: Record<string, string>,
): Request {
  const all = signedHeaders(facts.credentials, facts.region, {
    method,
    path,
    body,
    service,
    headers: { host: facts.host, ...headers },
  });
  const { authorization = '' } = all;
  const broken = random.chance(0.1)
    ? mutateBytes(Buffer.from(authorization), random).toString('latin1')
    : authorization;
  const entries = Object.entries({ ...all, authorization: broken.replaceAll(/[\r\n]/g, '') });
  return { method, target: path, body, headers: [...entries, ['content-length', String(Buffer.byteLength(body))]] };
}

const mutatedJson = (value: object, random: Random): string =>
  jsonText(random.chance(0.6) ? mutateJson(value, random) : value, random);
