import type { Properties } from './template';

/** Length limits of the physical names that the template gives, from each service's API reference. */
const nameLimits: Readonly<Record<string, readonly [property: string, characters: number]>> = {
  'AWS::Lambda::Function': ['FunctionName', 64],
  'AWS::StepFunctions::StateMachine': ['StateMachineName', 80],
  'AWS::Events::Rule': ['Name', 64],
  'AWS::SNS::Topic': ['TopicName', 256],
  'AWS::SQS::Queue': ['QueueName', 80],
  'AWS::CloudWatch::Alarm': ['AlarmName', 255],
  'AWS::ECS::Cluster': ['ClusterName', 255],
  'AWS::ECS::TaskDefinition': ['Family', 255],
  'AWS::APS::Workspace': ['Alias', 100],
  'AWS::Logs::LogGroup': ['LogGroupName', 512],
  'AWS::ApplicationAutoScaling::ScalingPolicy': ['PolicyName', 256],
  'AWS::SSM::Parameter': ['Name', 1011],
};

/** The resource's name in the template and AWS's length limit; undefined when CloudFormation chooses the name. */
export function nameOf(resource: {
  readonly Type: string;
  readonly Properties?: Properties;
}): { readonly name: string; readonly limit: number } | undefined {
  const [property = '', limit = 0] = nameLimits[resource.Type] ?? [];
  const name = resource.Properties?.[property];
  return typeof name === 'string' ? { name, limit } : undefined;
}
