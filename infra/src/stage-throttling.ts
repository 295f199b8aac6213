import { defaultThrottle, smallThrottle } from './listener-ceiling.ts';

/**
 * The Regions in which API Gateway allows an account `smallThrottle`, unless it was raised.
 * @see Amazon API Gateway Developer Guide, "Amazon API Gateway quotas", API Gateway account-level quotas, per Region
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html), read in November 2026
 */
export const smallThrottleRegions = [
  'af-south-1', // Africa (Cape Town)
  'eu-south-1', // Europe (Milan)
  'ap-southeast-3', // Asia Pacific (Jakarta)
  'me-central-1', // Middle East (UAE)
  'ap-south-2', // Asia Pacific (Hyderabad)
  'ap-southeast-4', // Asia Pacific (Melbourne)
  'eu-south-2', // Europe (Spain)
  'eu-central-2', // Europe (Zurich)
  'il-central-1', // Israel (Tel Aviv)
  'ca-west-1', // Canada West (Calgary)
  'ap-southeast-5', // Asia Pacific (Malaysia)
  'ap-southeast-7', // Asia Pacific (Thailand)
  'mx-central-1', // Mexico (Central)
] as const;

const shareOf = (share: number) => ({
  usual: { ratePerSecond: defaultThrottle.rate * share, burst: defaultThrottle.burst * share },
  smaller: { ratePerSecond: smallThrottle.rate * share, burst: smallThrottle.burst * share },
});

/** What the WebSocket stage is throttled to, by Region, when its variable is 0: the other half is for posts to connections. */
export const stageThrottling = shareOf(0.5);

/** The same of the HTTP API. A request that publishes leads to as many posts as there are listeners, and needs their room. */
export const httpThrottling = shareOf(0.1);

type Throttling = ReturnType<typeof shareOf>;

/** What a stage is throttled to in a Region when its variables are 0. */
export const throttlingIn = (region: string, { usual, smaller }: Throttling): Throttling['usual'] =>
  smallThrottleRegions.some((each) => each === region) ? smaller : usual;

const orByRegion = (variable: string, inSmaller: number, elsewhere: number): string =>
  `\${var.${variable} > 0 ? var.${variable} : ` +
  `(contains(${JSON.stringify(smallThrottleRegions)}, var.aws_region) ? ${inSmaller} : ${elsewhere})}`;

/** A stage's throttling as Terraform expressions: its variables, or the default of the Region. */
const throttlingBy = (
  variablePrefix: 'stage' | 'http',
  { usual, smaller }: Throttling,
): { readonly rateLimit: string; readonly burstLimit: string } => ({
  rateLimit: orByRegion(`${variablePrefix}_throttle_rate_limit`, smaller.ratePerSecond, usual.ratePerSecond),
  burstLimit: orByRegion(`${variablePrefix}_throttle_burst_limit`, smaller.burst, usual.burst),
});

export const throttlingOfStage = throttlingBy('stage', stageThrottling);
export const throttlingOfHttpStage = throttlingBy('http', httpThrottling);
