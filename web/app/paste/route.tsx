import { startFromFile } from '../../worker/start-file.ts';
import { usePreferences } from '../preferences.ts';
import { useDraft } from '../use-draft.ts';
import { PastePage } from './paste-page.tsx';
import type { PasteDraft } from './paste-state.ts';

/** The page below /ui/paste: its worker is a file, its policy lets it ask its own server. */
export function PasteRoute() {
  const { theme } = usePreferences();
  const [draft, keep] = useDraft<PasteDraft>('plan');
  return (
    <PastePage start={startFromFile} asks="its-server" theme={theme} draft={draft} onDraft={keep} />
  );
}
