/** The first part of every resource's name. */
export const project = 'sessions';

/** How one environment differs from the others in shape. What differs in numbers is a Terraform variable. */
export interface EnvironmentTraits {
  /** Tables with point-in-time recovery; tables and user pool refuse to be deleted. */
  readonly protectsData: boolean;
}

export const environments = {
  dev: { protectsData: false },
  staging: { protectsData: false },
  prod: { protectsData: true },
} as const satisfies Record<string, EnvironmentTraits>;

/** Also the name of the API's stage. */
export type EnvironmentName = keyof typeof environments;

export const environmentNames = Object.keys(environments) as EnvironmentName[];

/** The name of an environment's stack, as `cdktf deploy` takes it, and the prefix of its resources' names. */
export const stackNameOf = (environment: EnvironmentName): `${typeof project}-${EnvironmentName}` =>
  `${project}-${environment}`;
