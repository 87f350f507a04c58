/** What the service asks of S3. */
export type S3Operation = 'PutObject' | 'GetObject' | 'HeadBucket';
