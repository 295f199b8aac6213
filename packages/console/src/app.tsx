import { useEffect, useState } from 'preact/hooks';
import { ListenPage } from './listen/listen-page.tsx';
import { addressOf, type Place, placeOf } from './shared/place.ts';
import { loadSettings, type Settings } from './shared/settings.ts';
import { SpeakPage } from './speak/speak-page.tsx';
import { WatchPage } from './watch/watch-page.tsx';

const TITLES = { speak: 'Speak', listen: 'Listen', watch: 'Watch' } as const;

/** The whole console: three pages behind one address, chosen by its fragment. */
export function App() {
  const place = usePlace();
  const [settings, setSettings] = useState<Settings>();
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    loadSettings().then(setSettings, (error: Error) => setProblem(error.message));
  }, []);
  // Following the stack costs a connection: only for those who have looked at it.
  const [isWatched, setWatched] = useState(false);
  useEffect(() => {
    if (place.page === 'watch') setWatched(true);
    document.title = `${TITLES[place.page]} · Sessions`;
  }, [place.page]);

  const pages = (['speak', 'listen', 'watch'] as const).filter((page) => page !== 'watch' || settings?.isLocal);
  return (
    <>
      <header class="bar">
        <p class="brand">Sessions</p>
        <nav aria-label="Pages">
          {pages.map((page) => (
            <a key={page} href={addressOf({ page })} aria-current={page === place.page ? 'page' : undefined}>
              {TITLES[page]}
            </a>
          ))}
        </nav>
      </header>
      <main>
        {problem !== undefined && <p role="alert">{problem}</p>}
        {settings && (
          // All of them stay: who looks at another page goes on speaking, listening and simulating.
          <>
            <div hidden={place.page !== 'speak'}>
              <SpeakPage settings={settings} />
            </div>
            <div hidden={place.page !== 'listen'}>
              <ListenPage settings={settings} sessionId={place.sessionId} joinKey={place.joinKey} />
            </div>
            {isWatched && settings.isLocal && (
              <div hidden={place.page !== 'watch'}>
                <WatchPage settings={settings} />
              </div>
            )}
          </>
        )}
      </main>
    </>
  );
}

function usePlace(): Place {
  const [place, setPlace] = useState(() => placeOf(location.hash));
  useEffect(() => {
    const follow = () => setPlace(placeOf(location.hash));
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  return place;
}
