import { startFromFile } from '../../worker/start-file.ts';
import { usePreferences } from '../preferences.ts';
import { PastePage } from './paste-page.tsx';

/** The page below /ui/paste: its worker is a file, its policy lets it ask its own server. */
export function PasteRoute() {
  const { theme } = usePreferences();
  return <PastePage start={startFromFile} asks="its-server" theme={theme} />;
}
