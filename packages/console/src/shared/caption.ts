import type { ReceivedMessage } from '@sessions/client';

/** The name of messages that are text to be shown, and what they carry. The service knows nothing of it. */
export const CAPTION = 'caption';
export interface CaptionData {
  readonly text: string;
}

/** The text of a message that is a caption; undefined: it is something else. */
export function captionText({ name, data }: ReceivedMessage): string | undefined {
  if (name !== CAPTION || typeof data !== 'object' || data === null) return undefined;
  const { text } = data as Partial<CaptionData>;
  return typeof text === 'string' ? text : undefined;
}
