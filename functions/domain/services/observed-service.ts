/** A service of services.yml as the steps use it; params/services.ts says what each member means. */
export interface ObservedService {
  readonly name: string;
  readonly kind: 'ecs' | 'lambda' | 'eks' | 'other';
  readonly metrics:
    | 'otlp'
    | 'remote-write'
    | {
        readonly ecs: {
          readonly cluster: string;
          readonly service: string;
          readonly port: number;
          readonly path: string;
        };
      };
  readonly signals: readonly ('metrics' | 'traces' | 'logs')[];
  /** Seconds between two samples. */
  readonly interval: number;
  readonly probe?: { readonly url: string; readonly expect: number } | undefined;
  /** Whether a service that is not proven fails the setup, or is only reported. */
  readonly require: 'fail' | 'warn';
}
