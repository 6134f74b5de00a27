import type { Clock } from '../base/clock.ts';
import type { PictureThreads } from '../pictures/picture-threads.ts';

/** Pictures for the API. What draws them is loaded when somebody asks for the first. */
export function latePictures(fonts: string | undefined, clock: Clock): PictureThreads {
  let threads: Promise<PictureThreads> | undefined;
  const open = async () => {
    const { createPictureThreads } = await import('../pictures/picture-threads.ts');
    return createPictureThreads({ fonts, clock });
  };
  return {
    async draw(job) {
      threads ??= open();
      return (await threads).draw(job);
    },
    close: async () => (await threads)?.close(),
  };
}
