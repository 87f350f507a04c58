/** The S3 operations that the service uses. */
export type S3Operation = 'PutObject' | 'GetObject' | 'HeadBucket';
