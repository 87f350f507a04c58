import type { Grafana } from '../grafana';
import { asAnswer, type QueryAnswer } from './answer';
import { type FramesAnswer, type QueryTime, queryFrames } from './frames';

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** An instant query at `time.to` through Grafana's query API, which signs the request to AMP. */
export async function instantQuery(
  grafana: Grafana,
  expr: string,
  time: QueryTime,
  uid = 'prometheus',
): Promise<QueryAnswer<readonly Sample[]>> {
  return asAnswer(async () => {
    const answer = await queryFrames(
      grafana,
      { refId: 'A', datasource: { uid }, expr, instant: true, range: false },
      time,
    );
    if (answer.kind !== 'data') return answer;
    return { kind: 'data', data: samples(answer.data) };
  });
}

function samples({ frames }: FramesAnswer): readonly Sample[] {
  return frames.flatMap(({ schema, data }) => {
    const column = schema.fields.findIndex(({ type }) => type === 'number');
    const value = data.values[column]?.at(-1);
    return typeof value === 'number' ? [{ labels: schema.fields[column]?.labels ?? {}, value }] : [];
  });
}
