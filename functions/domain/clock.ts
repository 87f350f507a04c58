/** Time comes in as an argument, so that logic can be tested without waiting. */
export interface Clock {
  now(): Date;
  sleep(milliseconds: number): Promise<void>;
}
