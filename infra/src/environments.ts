/** The first part of every resource's name. */
export const project = 'sessions';

/** Also the name of the API's stage. How environments differ stands in `variables.ts`: `defaultIn`. */
export type EnvironmentName = 'dev' | 'staging' | 'prod';

export const environmentNames: EnvironmentName[] = ['dev', 'staging', 'prod'];

/** The name of an environment's stack, as `cdktf deploy` takes it, and the prefix of its resources' names. */
export const stackNameOf = (environment: EnvironmentName): `${typeof project}-${EnvironmentName}` =>
  `${project}-${environment}`;

/** Whether pull requests, from every branch, plan what they would change in an environment. */
export const isPlannedByPullRequests = (environment: EnvironmentName): boolean => environment === 'dev';
