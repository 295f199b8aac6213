import type { Credentials } from './types.ts';

export interface DefaultChain {
  region(): Promise<string>;
  credentials(): Promise<Credentials>;
}

/**
 * Finds the Region and the credentials where every AWS SDK finds them: variables, profiles, containers, instances. It is the
 * chain of the SDK's Lambda client, loaded when it is first asked; no request is made with that client.
 */
export function createDefaultChain(): DefaultChain {
  let loading: Promise<DefaultChain> | undefined;
  const load = () => {
    loading ??= import('@aws-sdk/client-lambda').then(({ LambdaClient }) => {
      const { region, credentials } = new LambdaClient({}).config;
      return { region, credentials };
    });
    return loading;
  };
  return {
    region: async () => (await load()).region(),
    credentials: async () => (await load()).credentials(),
  };
}
