export interface Buckets {
  /**
   * Deletes up to a page (1,000) of a bucket's objects, versions, delete markers and unfinished uploads. Answers how
   * many went; 0 when the bucket is empty or is not there.
   */
  deletePage(bucket: string): Promise<number>;
}
