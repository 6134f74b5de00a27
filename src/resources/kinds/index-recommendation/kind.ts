import { defineKind } from '../../kind.ts';
import { indexRecommendationSpec } from './spec.ts';
import { indexRecommendationStatus } from './status.ts';

export const indexRecommendation = defineKind({
  kind: 'IndexRecommendation',
  plural: 'indexrecommendations',
  shortName: 'idxrec',
  scope: 'Namespaced',
  description: 'A change of one index that is advised, and what became of it.',
  spec: indexRecommendationSpec,
  status: indexRecommendationStatus,
  rules: [
    {
      name: 'immutable',
      cel: 'self.spec == oldSelf.spec',
      field: 'spec',
      message: 'what was advised, and may have been approved, does not change',
    },
  ],
  columns: [
    { name: 'Target', type: 'string', jsonPath: '.spec.targetRef.name' },
    { name: 'Action', type: 'string', jsonPath: '.spec.change.kind' },
    { name: 'Index', type: 'string', jsonPath: '.spec.change.name' },
    { name: 'Benefit', type: 'string', jsonPath: '.spec.benefit' },
    { name: 'Size', type: 'string', jsonPath: '.spec.size' },
    { name: 'Confidence', type: 'string', jsonPath: '.spec.evidence.confidence' },
    { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
    { name: 'Reason', type: 'string', jsonPath: '.status.reason' },
    { name: 'Approved By', type: 'string', jsonPath: '.status.approvedBy' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
    { name: 'Table', type: 'string', jsonPath: '.spec.change.index.table', priority: 1 },
    { name: 'Hash', type: 'string', jsonPath: '.spec.contentHash', priority: 1 },
  ],
  selectable: ['.spec.targetRef.name', '.spec.contentHash', '.status.phase'],
  rights: {
    verbs: ['list', 'watch', 'create', 'delete'],
    executor: ['get', 'list', 'watch', 'patch'],
    status: 'executor',
  },
});
