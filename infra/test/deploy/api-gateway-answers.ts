import type { OutgoingHttpHeaders } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: string;
}

export const reply = (status: number, body?: unknown): Answer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: body === undefined ? '' : JSON.stringify(body),
});

export const refuse = (status: number, type: string, message: string): Answer => ({
  ...reply(status, { message }),
  headers: { 'content-type': 'application/json', 'x-amzn-errortype': type },
});
