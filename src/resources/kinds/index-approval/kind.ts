import * as z from 'zod';
import { defineKind } from '../../kind.ts';
import { indexApprovalSpec } from './spec.ts';

export const indexApproval = defineKind({
  kind: 'IndexApproval',
  plural: 'indexapprovals',
  shortName: 'idxapp',
  scope: 'Namespaced',
  description: 'That a person wants one IndexRecommendation carried out. Deleted: not any more.',
  spec: indexApprovalSpec,
  status: z.strictObject({}),
  rules: [
    {
      name: 'immutable',
      cel: 'self.spec == oldSelf.spec',
      field: 'spec',
      message: 'what somebody said does not change; delete it and make another one',
    },
  ],
  columns: [
    { name: 'Recommendation', type: 'string', jsonPath: '.spec.recommendation' },
    { name: 'Decision', type: 'string', jsonPath: '.spec.decision' },
    { name: 'By', type: 'string', jsonPath: '.spec.approvedBy' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
    { name: 'Hash', type: 'string', jsonPath: '.spec.contentHash', priority: 1 },
  ],
  selectable: ['.spec.recommendation', '.spec.approvedBy'],
  rights: { verbs: [], executor: ['get', 'list', 'watch', 'create'], status: 'nobody' },
});
