/**
 * The HTTP API as an OpenAPI 3.1 document, for clients in other languages: bodies, queries and answers from the schemas
 * that the service itself checks requests with, descriptions from their doc comments.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  type ErrorCode,
  errorCodes,
  exportQuery,
  health,
  lookUpQuery,
  MAX_MESSAGE_BYTES,
  messagePage,
  ownSession,
  ownSessions,
  problem,
  publicSession,
  publishBody,
  publishReceipt,
  SUBPROTOCOL,
  scheduleSession,
} from '../packages/core/src/protocol/index.ts';
import { docCommentsOf } from './doc-comments.ts';
import { jsonSchemaOf } from './json-schema.ts';

export const openApiFile = resolve(import.meta.dirname, '../docs/openapi.json');

const protocolFolder = resolve(import.meta.dirname, '../packages/core/src/protocol');

/** Every schema of a body, by its name in the document. */
const bodies = {
  ScheduleSession: scheduleSession,
  OwnSession: ownSession,
  OwnSessions: ownSessions,
  PublicSession: publicSession,
  MessagePage: messagePage,
  Publication: publishBody,
  Receipt: publishReceipt,
  Health: health,
  Problem: problem,
} as const;
type Body = keyof typeof bodies;

/** Names of the constants that have the doc comments, where the name in the document is another one. */
const commented: Partial<Record<Body, string>> = { Publication: 'publishBody', Receipt: 'publishReceipt' };

/** Where the fields' comments are, if not with the schema itself: it takes the fields of another one. */
const fieldsOf: Partial<Record<Body, string>> = { Publication: 'publication', Receipt: 'receipt' };

type Security = 'speakerToken' | 'awsSignature' | 'none';

interface Operation {
  readonly method: 'get' | 'post' | 'delete';
  readonly path: string;
  readonly id: string;
  readonly summary: string;
  readonly description?: string;
  readonly security: Security;
  readonly query?: { readonly name: string; readonly schema: typeof lookUpQuery | typeof exportQuery };
  readonly body?: Body;
  readonly success: Readonly<Record<number, { readonly about: string; readonly body?: Body }>>;
  /** The header that a success has beside its body. */
  readonly header?: { readonly name: string; readonly about: string };
  /** What it is refused with, beside those of every operation. */
  readonly refusals: readonly ErrorCode[];
}

/** Of every operation that reaches the service. */
const COMMON: readonly ErrorCode[] = ['SERVICE_UNAVAILABLE', 'INTERNAL_ERROR'];
const OF_SPEAKERS: readonly ErrorCode[] = ['UNAUTHORIZED', 'TOKEN_EXPIRED'];

const operations: readonly Operation[] = [
  {
    method: 'post',
    path: '/sessions',
    id: 'scheduleSession',
    summary: 'Creates a session ahead of time.',
    description:
      'Its ID can be printed. It is `scheduled` until its speaker comes, by `refreshConnection` on a WebSocket; listeners may ' +
      'join from 30 minutes before `startsAt`. It waits for its speaker for 24 hours from then on, and ends as `expired`.',
    security: 'speakerToken',
    body: 'ScheduleSession',
    success: { 201: { about: 'The session is scheduled.', body: 'OwnSession' } },
    header: { name: 'location', about: 'The path of the session.' },
    refusals: [
      'INVALID_MESSAGE',
      'INVALID_PARAMETERS',
      'INVALID_LANGUAGE',
      'UNSUPPORTED_LANGUAGE',
      'MESSAGE_TOO_LARGE',
      ...OF_SPEAKERS,
      'SPEAKER_DENIED',
      'TOO_MANY_SCHEDULED',
      'RATE_LIMIT_EXCEEDED',
    ],
  },
  {
    method: 'get',
    path: '/sessions',
    id: 'listOwnSessions',
    summary: 'Lists the sessions of the user that have not ended.',
    description:
      'In the order in which they start. A session that was created a moment ago may be missing for a second.',
    security: 'speakerToken',
    success: { 200: { about: 'The sessions.', body: 'OwnSessions' } },
    refusals: OF_SPEAKERS,
  },
  {
    method: 'get',
    path: '/sessions/{sessionId}',
    id: 'lookUpSession',
    summary: 'Says how a session is, to everybody who knows its ID.',
    description:
      'A wrong ID counts as a guess, together with those of `joinSession`: after too many from one address, right ones wait ' +
      'as well, unless they come with the join key `k`.',
    security: 'none',
    query: { name: 'lookUpQuery', schema: lookUpQuery },
    success: { 200: { about: 'The session.', body: 'PublicSession' } },
    header: { name: 'cache-control', about: '`private, max-age=2`: for the browser alone.' },
    refusals: ['INVALID_PARAMETERS', 'INVALID_SESSION_ID', 'SESSION_NOT_FOUND', 'RATE_LIMIT_EXCEEDED'],
  },
  {
    method: 'delete',
    path: '/sessions/{sessionId}',
    id: 'endSession',
    summary: 'Ends a session of the user.',
    description: 'Its listeners and its speaker are notified. Asking again gives the same answer.',
    security: 'speakerToken',
    success: { 204: { about: 'The session has ended.' } },
    refusals: ['INVALID_SESSION_ID', ...OF_SPEAKERS, 'SESSION_NOT_FOUND'],
  },
  {
    method: 'get',
    path: '/sessions/{sessionId}/messages',
    id: 'exportMessages',
    summary: 'Gives the owner of a session what was published to one of its channels.',
    description:
      'As far as it is held, page by page. Nothing is kept for this: messages go after `HISTORY_SECONDS`, and all of them ' +
      'with the end of the session.',
    security: 'speakerToken',
    query: { name: 'exportQuery', schema: exportQuery },
    success: { 200: { about: 'A page.', body: 'MessagePage' } },
    refusals: [
      'INVALID_PARAMETERS',
      'INVALID_SESSION_ID',
      'INVALID_LANGUAGE',
      'UNSUPPORTED_LANGUAGE',
      ...OF_SPEAKERS,
      'SESSION_NOT_FOUND',
    ],
  },
  {
    method: 'post',
    path: '/sessions/{sessionId}/messages',
    id: 'publish',
    summary: 'Publishes a message to the listeners of a language, to all, or to the speaker.',
    description:
      'For backends: the request is signed with AWS credentials (Signature Version 4, service `execute-api`), and the IAM ' +
      'policy says who may. A repetition with the same `id` is harmless.',
    security: 'awsSignature',
    body: 'Publication',
    success: {
      200: { about: 'A message of this `id` was published before; it keeps its offset.', body: 'Receipt' },
      201: { about: 'The message is in the log, and was sent to these connections.', body: 'Receipt' },
    },
    refusals: [
      'INVALID_MESSAGE',
      'INVALID_PARAMETERS',
      'INVALID_SESSION_ID',
      'INVALID_LANGUAGE',
      'UNSUPPORTED_LANGUAGE',
      'MESSAGE_TOO_LARGE',
      'SESSION_NOT_FOUND',
      'NOT_STARTED',
    ],
  },
  {
    method: 'get',
    path: '/health',
    id: 'health',
    summary: 'Says whether the service can work at all.',
    description: 'Asked of the database at most every ten seconds, however often somebody asks.',
    security: 'none',
    success: { 200: { about: 'It can.', body: 'Health' } },
    refusals: [],
  },
];

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

/** @throws {Error} a schema has no doc comment */
export function renderOpenApi(): string {
  const comments = new Map(
    ['client-messages.ts', 'server-messages.ts', 'http-api.ts'].flatMap((file) => [
      ...docCommentsOf(readFileSync(resolve(protocolFolder, file), 'utf8')),
    ]),
  );
  const document = {
    openapi: '3.1.0',
    info: {
      title: 'Sessions',
      version: SUBPROTOCOL,
      description:
        'What can be done to the sessions of a multilingual audio broadcast without a WebSocket: created ahead of time, ' +
        'listed, looked up, ended, published to. docs/http-api.md tells it, docs/asyncapi.json describes the WebSocket.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [
      {
        url: 'https://{apiId}.execute-api.{region}.amazonaws.com',
        description: 'A deployed stack: its output `http_api_url`.',
        variables: { apiId: { default: 'a1b2c3d4e5' }, region: { default: 'us-east-1' } },
      },
      { url: 'http://127.0.0.1:4511', description: 'What `npm start` runs.' },
    ],
    paths: Object.fromEntries(
      [...new Set(operations.map(({ path }) => path))].map((path) => [path, pathItem(path, comments)]),
    ),
    components: {
      schemas: {
        ...Object.fromEntries(
          (Object.keys(bodies) as Body[]).map((name) => [name, bodySchema(name, comments)] as const),
        ),
        GatewayError: {
          type: 'object',
          description:
            'What API Gateway itself refuses, before the service is asked: no token, or one that is not good (401); a ' +
            'signature that is not good, or a principal that may not (403); no such route (404); too many requests (429).',
          properties: { message: { type: 'string' } },
        },
      },
      securitySchemes: {
        speakerToken: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: "A speaker's access token, of Amazon Cognito unless the stack has another issuer.",
        },
        awsSignature: {
          type: 'apiKey',
          name: 'authorization',
          in: 'header',
          description: 'AWS Signature Version 4, service `execute-api`.',
          'x-amazon-apigateway-authtype': 'awsSigv4',
        },
      },
    },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

type Comments = ReadonlyMap<string, string>;

function bodySchema(name: Body, comments: Comments): object {
  const constant = commented[name] ?? `${name.charAt(0).toLowerCase()}${name.slice(1)}`;
  const description = comments.get(constant);
  if (description === undefined) throw new Error(`The schema ${constant} has no doc comment in core/protocol`);
  const schema = jsonSchemaOf(bodies[name], (field) => comments.get(`${fieldsOf[name] ?? constant}.${field}`));
  // What is a schema of its own, is described there.
  const listed =
    name === 'OwnSessions' ? { properties: { sessions: { type: 'array', items: ref('OwnSession') } } } : {};
  return { description, ...schema, ...listed };
}

function pathItem(path: string, comments: Comments): object {
  const parameters = path.includes('{sessionId}')
    ? [
        {
          name: 'sessionId',
          in: 'path',
          required: true,
          description: 'Such as faithful-shepherd-427.',
          schema: { type: 'string' },
        },
      ]
    : [];
  return {
    ...(parameters.length > 0 && { parameters }),
    ...Object.fromEntries(
      operations
        .filter((operation) => operation.path === path)
        .map((operation) => [operation.method, operationObject(operation, comments)]),
    ),
  };
}

function operationObject(operation: Operation, comments: Comments): object {
  const { id, summary, description, security, query, body, success, header } = operation;
  return {
    operationId: id,
    summary,
    ...(description !== undefined && { description }),
    security: security === 'none' ? [] : [{ [security]: [] }],
    ...(query && { parameters: queryParameters(query, comments) }),
    ...(body && {
      requestBody: {
        required: true,
        ...(body === 'ScheduleSession' && { description: `At most ${MAX_MESSAGE_BYTES} bytes.` }),
        content: { 'application/json': { schema: ref(body) } },
      },
    }),
    responses: {
      ...Object.fromEntries(
        Object.entries(success).map(([status, answer]) => [
          status,
          {
            description: answer.about,
            ...(header && {
              headers: { [header.name]: { description: header.about, schema: { type: 'string' } } },
            }),
            ...(answer.body && { content: { 'application/json': { schema: ref(answer.body) } } }),
          },
        ]),
      ),
      ...refusals(operation),
    },
  };
}

interface ObjectSchema {
  readonly properties: Readonly<Record<string, { readonly description?: string }>>;
  readonly required?: readonly string[];
}

function queryParameters({ name, schema }: NonNullable<Operation['query']>, comments: Comments): object[] {
  const { properties, required = [] } = jsonSchemaOf(schema, (field) =>
    comments.get(`${name}.${field}`),
  ) as ObjectSchema;
  return Object.entries(properties).map(([field, { description, ...property }]) => ({
    name: field,
    in: 'query',
    ...(required.includes(field) && { required: true }),
    ...(description !== undefined && { description }),
    schema: property,
  }));
}

/** Refusals by status: those of the service by their codes, those of API Gateway in its own form. */
function refusals({ refusals: own, security }: Operation): Record<string, object> {
  const codes = [...new Set([...own, ...COMMON])];
  const gateway = new Set([
    429,
    ...(security === 'speakerToken' ? [401] : []),
    ...(security === 'awsSignature' ? [403] : []),
  ]);
  const statuses = new Set([...codes.map((code) => errorCodes[code].httpStatus), ...gateway]);
  return Object.fromEntries(
    [...statuses]
      .sort((a, b) => Number(a) - Number(b))
      .map((status) => {
        const ours = codes.filter((code) => errorCodes[code].httpStatus === status);
        const content = {
          ...(ours.length > 0 && { 'application/problem+json': { schema: ref('Problem') } }),
          ...(gateway.has(Number(status)) && { 'application/json': { schema: ref('GatewayError') } }),
        };
        const who = [
          ...(ours.length > 0 ? [ours.map((code) => `\`${code}\``).join(', ')] : []),
          ...(gateway.has(Number(status)) ? ['API Gateway itself refuses the request'] : []),
        ];
        return [status, { description: `${who.join('; or ')}.`, content }];
      }),
  );
}
