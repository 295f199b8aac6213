export { defaultProvider as environmentCredentials } from './env-credentials.ts';
