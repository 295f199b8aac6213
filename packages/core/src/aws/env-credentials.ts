/**
 * Stands in for `@aws-sdk/credential-provider-node` in the bundles (see `scripts/build.ts`): Lambda hands a
 * function its credentials in these variables and in no other way.
 * @see "Using Lambda environment variables", AWS Lambda Developer Guide
 */
export const defaultProvider = () => async () => ({
  accessKeyId: process.env.AWS_ACCESS_KEY_ID ?? '',
  secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY ?? '',
  ...(process.env.AWS_SESSION_TOKEN ? { sessionToken: process.env.AWS_SESSION_TOKEN } : {}),
});
