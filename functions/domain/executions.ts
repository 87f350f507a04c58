export interface Execution {
  readonly arn: string;
  readonly name: string;
  readonly status: string;
}

/** Step Functions' executions; `Event` is an event of GetExecutionHistory, which report/ understands. */
export interface Executions<Event = unknown> {
  /** Undefined when Step Functions no longer knows it (90 days after its end; aws-facts: execution-kept-90-days). */
  describe(executionArn: string): Promise<Execution | undefined>;
  /** All pages, oldest event first. */
  history(executionArn: string): Promise<readonly Event[]>;
}
