/** The audit bucket. An etag makes a write conditional; `'new'` writes only if the object does not exist. */
export interface AuditStore {
  read(key: string): Promise<{ readonly text: string; readonly etag: string } | undefined>;
  /** False if the condition failed because another writer was first. */
  writeIf(key: string, text: string, condition: 'new' | { readonly etag: string }): Promise<boolean>;
  write(key: string, text: string, contentType: string): Promise<void>;
  delete(key: string): Promise<void>;
  /** `s3://bucket/key`. */
  location(key: string): string;
}
