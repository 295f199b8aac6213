import { expect } from 'chai';

/** To the letter, odd spacing and all. */
export const ERROR_FRAME = /^\{"message": "([^"]+)", "connectionId":"([\w-]{15}=)", "requestId":"([\w-]{15}=)"\}$/;

/** The message of an error frame, which must have its form to the letter. */
export function errorOf(frame: string): string {
  expect(frame).to.match(ERROR_FRAME);
  return ERROR_FRAME.exec(frame)?.[1] ?? '';
}
