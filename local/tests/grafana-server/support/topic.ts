import type { Kernel } from '../../../kernel/contracts';

export interface Published {
  readonly principal: string;
  readonly topicArn: string;
  readonly subject: string | null;
  readonly message: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** SNS's Publish on the kernel, which verifies signatures. Messages are recorded, and a test may set the answer. */
export function addTopic(kernel: Kernel): { readonly published: Published[]; refuse: string | undefined } {
  const topic: { published: Published[]; refuse: string | undefined } = { published: [], refuse: undefined };
  kernel.register({
    signingNames: ['sns'],
    handle: async ({ body, principal }) => {
      const form = new URLSearchParams(body.toString('utf8'));
      if (topic.refuse !== undefined) {
        const text = `<ErrorResponse><Error><Code>${topic.refuse}</Code><Message>no</Message></Error></ErrorResponse>`;
        return { status: 403, body: text, operation: 'Publish' };
      }
      topic.published.push({
        principal: principal.arn,
        topicArn: form.get('TopicArn') ?? '',
        subject: form.get('Subject'),
        message: form.get('Message') ?? '',
        attributes: attributesOf(form),
      });
      return { status: 200, body: '<PublishResponse/>', operation: form.get('Action') ?? '' };
    },
  });
  return topic;
}

function attributesOf(form: URLSearchParams): Record<string, string> {
  const names = [...form.keys()].filter((key) => /^MessageAttributes\.entry\.\d+\.Name$/.test(key));
  return Object.fromEntries(
    names.map((key) => [form.get(key) ?? '', form.get(key.replace(/Name$/, 'Value.StringValue')) ?? '']),
  );
}
