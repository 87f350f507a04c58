export interface Buckets {
  /**
   * Deletes up to a page (1,000) of a bucket's objects, versions, delete markers and unfinished uploads. Returns how
   * many were deleted; 0 if the bucket is empty or missing.
   */
  deletePage(bucket: string): Promise<number>;
}
