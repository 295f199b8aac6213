/** Requests a second and account-wide burst that API Gateway allows an account in a Region by default. */
export const defaultThrottle = { rate: 10_000, burst: 5_000 };

/**
 * The same in the newer Regions: Cape Town, Milan, Jakarta, UAE, Hyderabad, Melbourne, Spain, Zurich, Tel Aviv,
 * Calgary, Malaysia, Thailand, Mexico.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
 */
export const smallThrottle = { rate: 2_500, burst: 1_250 };

/** What the ceiling is stated for: seconds between two messages to a listener, and between two heartbeats. */
export const usualTraffic = { messageSeconds: 3, heartbeatSeconds: 30 };

/**
 * Requests a second that one listener costs. Each message is a post to the connection; each heartbeat is a message of
 * the client, whose acknowledgement is the route's response and no request. Both count against one quota.
 */
export const requestsPerListener = ({ messageSeconds, heartbeatSeconds }: typeof usualTraffic): number =>
  1 / messageSeconds + 1 / heartbeatSeconds;

/** How many listeners an account carries in a Region, connected for a while, by its quota of requests. */
export const listenerCeiling = (requestsPerSecond: number, traffic = usualTraffic): number =>
  Math.floor(requestsPerSecond / requestsPerListener(traffic));
