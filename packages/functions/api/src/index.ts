import { readApiConfig } from './config.ts';
import { createHandler } from './handler.ts';
import { wire } from './wire.ts';

export const handler = createHandler(wire(readApiConfig(process.env)));
