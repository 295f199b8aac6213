/**
 * What each operation was counted to use: `measured.json`, which `npm run cost:measure` writes from
 * a run of the real local stack, and a test holds to it. Prices and guesses are elsewhere (`prices.ts`, `assumptions.ts`).
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** In the order of a session's life. */
export const operationNames = [
  'connectSpeaker',
  'connectListener',
  'createSession',
  /** With a join key; a typed ID costs half a read unit more. */
  'joinSession',
  /** What follows from one or more joins, leaves and changes of language within a second: the speaker is notified. */
  'statusNotification',
  /** What it adds to that when a language comes into use or goes out of it: the pipeline is notified. */
  'languagesChanged',
  /** The session is read once a second by each instance of the function, which is not in it. */
  'heartbeat',
  /** A heartbeat that is answered with a reminder, too: `connectionRefreshRequired`. */
  'heartbeatWithReminder',
  'changeLanguage',
  /** With one listener, who is notified. */
  'setBroadcastState',
  'refreshSpeaker',
  'refreshListener',
  /** Of the old connection of a listener who has moved. */
  'disconnectMovedListener',
  /** Of a listener who leaves a live session. */
  'disconnectListener',
  /** Of a connection whose item is gone already: of a moved speaker, and of everybody after the end. */
  'disconnectWithoutRole',
  'getSessionStatus',
  /** A caption, published by invocation, to a language that nobody hears. */
  'publishCaption',
  /** What one listener of the language more adds to that. */
  'publishCaptionPerListener',
  /** The same with six seconds of speech in base64. */
  'publishAudio',
  'publishAudioPerListener',
  /** With no listener in the session. */
  'endSession',
  /** What one listener more adds to the end. */
  'endSessionPerListener',
  /** Of empty tables. */
  'sweep',
  /** What one live session more adds, besides its items, which are read. */
  'sweepPerSession',
] as const;

export type OperationName = (typeof operationNames)[number];

/** What one operation uses of one function. */
export interface FunctionUse {
  readonly invocations: number;
  /** Calls of AWS that follow one another; messages that go out side by side count as one. */
  readonly awsCallsInSequence: number;
  readonly logLines: number;
  /** UTF-8, without the end of the line. */
  readonly logBytes: number;
}

export interface Operation {
  readonly functions: Readonly<Record<string, FunctionUse>>;
  /** DynamoDB: write request units, those of the index included. */
  readonly writeUnits: number;
  /** DynamoDB: read request units; an eventually consistent read of up to 4 KB is half of one. */
  readonly readUnits: number;
  /** Lifecycle events on EventBridge. */
  readonly events: number;
  /** WebSocket messages of both directions, in units of 32 KB. */
  readonly messages: number;
  /** What clients send and get, payload only. */
  readonly bytesIn: number;
  readonly bytesOut: number;
}

export interface Measured {
  /** Bytes of items as DynamoDB counts them; the sweeper reads every connection and open session once a minute. */
  readonly itemBytes: {
    readonly session: number;
    readonly speaker: number;
    readonly listener: number;
    /** An entry of the listeners' index. */
    readonly indexEntry: number;
  };
  readonly operations: Readonly<Record<OperationName, Operation>>;
  /** By function. */
  readonly memoryMb: Readonly<Record<string, number>>;
  /** `arm64` or `x86_64` */
  readonly architecture: string;
  /** `name` or `name dimension=value`, one for each that the operations emitted. */
  readonly customMetrics: readonly string[];
  /** Of the synthesized stack of production. */
  readonly stack: {
    /** An alarm on an expression is paid for by the metrics in it. */
    readonly alarmMetrics: number;
    readonly dashboards: number;
    /** Bytes of one line of the API's access log, where there is one. */
    readonly accessLogBytes: number;
  };
}

export const measuredFile = resolve(import.meta.dirname, 'measured.json');

export const readMeasured = (): Measured => JSON.parse(readFileSync(measuredFile, 'utf8')) as Measured;
