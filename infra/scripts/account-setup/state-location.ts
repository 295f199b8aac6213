import { existsSync } from 'node:fs';
import { HeadBucketCommand, HeadObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';

/** Where the account's own state is. */
export type StateLocation =
  /** Not anywhere: nothing was made yet. */
  | 'nowhere'
  /** In a file: an earlier run ended before the state was in the bucket. */
  | 'file'
  | 'bucket'
  /** Not anywhere, and yet there is a bucket of that name, which something else has made. */
  | 'nowhere, but the bucket exists';

export interface Place {
  readonly bucket: string;
  readonly region: string;
  readonly key: string;
  /** Absolute. */
  readonly file: string;
  readonly usePathStyle: boolean;
}

/** @throws {Error} the bucket belongs to someone else, or AWS cannot be asked; the message says which */
export async function findState({ bucket, region, key, file, usePathStyle }: Place): Promise<StateLocation> {
  const s3 = new S3Client({ region, forcePathStyle: usePathStyle });
  try {
    if (existsSync(file)) return 'file';
    if (!(await exists(() => s3.send(new HeadBucketCommand({ Bucket: bucket })), bucket, region))) return 'nowhere';
    const isThere = await exists(() => s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key })), bucket, region);
    return isThere ? 'bucket' : 'nowhere, but the bucket exists';
  } finally {
    s3.destroy();
  }
}

async function exists(ask: () => Promise<unknown>, bucket: string, region: string): Promise<boolean> {
  try {
    await ask();
    return true;
  } catch (error) {
    const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
    if (status === 404) return false;
    if (status === 403) {
      throw new Error(
        `the bucket ${bucket} may not be looked at: it belongs to another account (choose another --state-bucket), or your credentials may not use S3`,
        { cause: error },
      );
    }
    if (status === 301) throw new Error(`the bucket ${bucket} is not in ${region}: say its --region`, { cause: error });
    throw new Error(`S3 cannot be asked for the bucket ${bucket}: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
}
