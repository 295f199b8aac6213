import type { Credentials } from './credentials.ts';

/**
 * What a function gets besides its own variables: who it is, and where AWS is. These are the SDKs' standard
 * variables, so no code of the function knows that it runs locally.
 * @param endpoint of this machine, e.g. `http://127.0.0.1:4510`
 * @see "Service-specific endpoints", AWS SDKs and Tools Reference Guide
 */
export function functionEnvironment(
  { accessKeyId, secretAccessKey, sessionToken }: Required<Credentials>,
  { region, endpoint }: { region: string; endpoint: string },
): Record<string, string> {
  return {
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    AWS_ENDPOINT_URL_DYNAMODB: endpoint,
    AWS_ENDPOINT_URL_DYNAMODB_STREAMS: endpoint,
    AWS_ENDPOINT_URL_EVENTBRIDGE: endpoint,
    AWS_ENDPOINT_URL_LAMBDA: endpoint,
    AWS_ENDPOINT_URL_SQS: endpoint,
    AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER: endpoint,
  };
}
