import { startFromFile } from '../../worker/start-file.ts';
import { PastePage } from './paste-page.tsx';

/** The page below /ui/paste: its worker is a file, its policy lets it ask its own server. */
export const PasteRoute = () => <PastePage start={startFromFile} asks="its-server" />;
