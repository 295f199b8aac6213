import { isUpToDate } from './build-record.ts';
import { lambdaNames } from './lambdas.ts';

/** The Lambdas that were never built, or not from the files that are there now. */
export async function staleLambdas(): Promise<string[]> {
  const names = lambdaNames();
  const fresh = await Promise.all(names.map((name) => isUpToDate(name)));
  return names.filter((_, index) => !fresh[index]);
}
