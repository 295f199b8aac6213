/**
 * The protocol as an AsyncAPI 3 document, for clients in other languages: payloads from the schemas that the service
 * itself checks messages with, descriptions from their doc comments.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  type Action,
  clientMessages,
  errorCodes,
  MAX_MESSAGE_BYTES,
  type ServerMessageType,
  SUBPROTOCOL,
  serverMessages,
  TOKEN_QUERY_PARAMETER,
  TOKEN_SUBPROTOCOL_PREFIX,
} from '../packages/core/src/protocol/index.ts';
import { docCommentsOf } from './doc-comments.ts';
import { jsonSchemaOf } from './json-schema.ts';

export const asyncApiFile = resolve(import.meta.dirname, '../docs/asyncapi.json');

const protocolFolder = resolve(import.meta.dirname, '../packages/core/src/protocol');

/** What each message is answered with, beside `error`. */
const replies: Readonly<Record<Action, ServerMessageType>> = {
  createSession: 'sessionCreated',
  joinSession: 'sessionJoined',
  changeLanguage: 'languageChanged',
  heartbeat: 'heartbeatAck',
  refreshConnection: 'connectionRefreshComplete',
  recover: 'recovery',
  publish: 'messagePublished',
  setBroadcastState: 'broadcastStateChanged',
  getSessionStatus: 'sessionStatus',
  endSession: 'sessionEnded',
};

/** What the service sends without being asked. */
const pushes: readonly ServerMessageType[] = [
  'message',
  'connectionRefreshRequired',
  'connectionWarning',
  'sessionStarted',
  'sessionInterrupted',
  'sessionResumed',
  'broadcastStateChanged',
  'speakerReplaced',
  'sessionEnded',
  'sessionStatus',
];

const channel = { $ref: '#/channels/connection' };
const messageOf = (name: string) => ({ $ref: `#/channels/connection/messages/${name}` });

/** @throws {Error} a message has no doc comment */
export function renderAsyncApi(): string {
  const comments = new Map(
    ['client-messages.ts', 'server-messages.ts'].flatMap((file) => [
      ...docCommentsOf(readFileSync(resolve(protocolFolder, file), 'utf8')),
    ]),
  );
  const all = { ...clientMessages, ...serverMessages };
  const names = Object.keys(all) as (Action | ServerMessageType)[];
  const document = {
    asyncapi: '3.0.0',
    info: {
      title: 'Sessions',
      version: SUBPROTOCOL,
      description:
        'Session management of a multilingual audio broadcast over one WebSocket: an authenticated speaker opens a ' +
        'session, anonymous listeners join it. What messages mean, and in which order they come, is told in docs/protocol.md.',
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: 'application/json',
    servers: {
      aws: {
        host: '{apiId}.execute-api.{region}.amazonaws.com',
        pathname: '/{environment}',
        protocol: 'wss',
        description: 'A deployed stack: its output `websocket_url`.',
        variables: {
          apiId: { description: 'Output `api_id`.' },
          region: { default: 'us-east-1' },
          environment: { enum: ['dev', 'staging', 'prod'], default: 'prod' },
        },
        security: [{ $ref: '#/components/securitySchemes/speakerToken' }],
      },
      local: {
        host: '127.0.0.1:4510',
        pathname: '/dev',
        protocol: 'ws',
        description: 'What `npm start` runs.',
        security: [{ $ref: '#/components/securitySchemes/speakerToken' }],
      },
    },
    channels: {
      connection: {
        address: '/',
        title: 'One connection of a speaker or listener',
        description:
          `Text frames, one JSON object each, at most ${MAX_MESSAGE_BYTES} bytes. A client offers the subprotocol ` +
          `\`${SUBPROTOCOL}\`; a speaker offers \`${TOKEN_SUBPROTOCOL_PREFIX}<access token>\` beside it.`,
        messages: Object.fromEntries(names.map((name) => [name, { $ref: `#/components/messages/${name}` }])),
        bindings: {
          ws: {
            method: 'GET',
            query: {
              type: 'object',
              description:
                'For clients that have only a URL: the fields of the first message, which is then handled as if it had been sent.',
              properties: {
                action: { type: 'string', enum: Object.keys(clientMessages) },
                [TOKEN_QUERY_PARAMETER]: { type: 'string', description: "A speaker's access token." },
              },
              additionalProperties: { type: 'string' },
            },
          },
        },
      },
    },
    operations: {
      ...Object.fromEntries(
        Object.entries(replies).map(([action, reply]) => [
          action,
          {
            action: 'receive',
            channel,
            summary: firstSentence(commentOn(comments, action)),
            messages: [messageOf(action)],
            reply: { channel, messages: [messageOf(reply), messageOf('error')] },
          },
        ]),
      ),
      ...Object.fromEntries(
        pushes.map((name) => [
          `push${name.charAt(0).toUpperCase()}${name.slice(1)}`,
          {
            action: 'send',
            channel,
            summary: firstSentence(commentOn(comments, name)),
            messages: [messageOf(name)],
          },
        ]),
      ),
    },
    components: {
      messages: Object.fromEntries(
        names.map((name) => [
          name,
          {
            name,
            summary: firstSentence(commentOn(comments, name)),
            description: commentOn(comments, name),
            payload: jsonSchemaOf(all[name], (field) => comments.get(`${name}.${field}`)),
            ...(name === 'error' && { 'x-error-codes': errorCodes }),
          },
        ]),
      ),
      securitySchemes: {
        speakerToken: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description:
            `An access token of Amazon Cognito, offered as the WebSocket subprotocol \`${TOKEN_SUBPROTOCOL_PREFIX}<token>\`: ` +
            'browsers can send no Authorization header here. Listeners send none.',
        },
      },
    },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function commentOn(comments: ReadonlyMap<string, string>, name: string): string {
  const comment = comments.get(name);
  if (comment === undefined) throw new Error(`The message ${name} has no doc comment in core/protocol`);
  return comment;
}

const firstSentence = (text: string): string => (/^.*?[.?](?=\s|$)/s.exec(text)?.[0] ?? text).replaceAll('\n', ' ');
