import { AwsError, type JsonObject, type Operations } from '../../kernel/contracts';
import { textProperty } from '../cfn-values';
import type { Stack } from './stack';
import type { StackStore } from './stack-store';
import { invalid } from './validation-error';

/** States in which CloudFormation takes a change set for an existing stack. */
const UPDATABLE = /^(?:CREATE|UPDATE|UPDATE_ROLLBACK|IMPORT)_COMPLETE$/;

type Handle = Operations[string]['handle'];

/**
 * Change sets that bring the stack's resources back to the deployed template (aws-facts: cfn-revert-drift). Others are
 * not needed: the framework deploys directly.
 */
export function changeSetOperations(store: StackStore): Readonly<Record<string, Handle>> {
  const changeSets = new Map<string, Stack>();
  const keyOf = (input: JsonObject) => {
    const [stack, name] = [textProperty(input, 'StackName') ?? '', textProperty(input, 'ChangeSetName') ?? ''];
    return { stack: store.requireActive(stack), name, key: `${stack}/${name}` };
  };
  const find = (input: JsonObject) => {
    const { key, name, stack } = keyOf(input);
    if (changeSets.has(key)) return { key, name, stack };
    throw new AwsError('ChangeSetNotFound', `ChangeSet [${name}] does not exist`);
  };
  return {
    CreateChangeSet: (input) => {
      if (input['DeploymentMode'] !== 'REVERT_DRIFT' || input['UsePreviousTemplate'] !== 'true')
        throw new AwsError(
          'UnsupportedOperation',
          'The local cloud has only change sets with DeploymentMode REVERT_DRIFT and UsePreviousTemplate.',
        );
      const { key, name, stack } = keyOf(input);
      if (!UPDATABLE.test(stack.status))
        throw invalid(`Stack:${stack.id} is in ${stack.status} state and can not be updated.`);
      if (changeSets.has(key)) throw new AwsError('AlreadyExistsException', `ChangeSet ${name} already exists`);
      changeSets.set(key, stack);
      return { Id: idOf(stack, name), StackId: stack.id };
    },
    DescribeChangeSet: (input) => {
      const { name, stack } = find(input);
      return {
        ChangeSetName: name,
        ChangeSetId: idOf(stack, name),
        StackName: stack.name,
        StackId: stack.id,
        Status: 'CREATE_COMPLETE',
        ExecutionStatus: 'AVAILABLE',
        DeploymentMode: 'REVERT_DRIFT',
      };
    },
    DeleteChangeSet: (input) => {
      changeSets.delete(keyOf(input).key);
      return {};
    },
    ExecuteChangeSet: (input) => {
      const { key, stack } = find(input);
      changeSets.delete(key);
      void store.engine.restore(stack);
      return {};
    },
  };
}

function idOf({ id }: Stack, name: string): string {
  return `${id.replace(':stack/', ':changeSet/').replace(/\/[^/]*$/, '')}/${name}`;
}
