import type { Artifacts, JobInfo } from '../../../../client/index.ts';
import { go, href, type Location } from '../../../location.ts';
import { Download } from '../../../parts/Download.tsx';
import { Empty, ErrorNote, Skeleton } from '../../../parts/Notes.tsx';
import { Ago } from '../../../parts/Time.tsx';
import { useLive } from '../../../state/live.ts';
import { useResource } from '../../../state/useResource.ts';
import { bytesText } from '../../../text.ts';
import { Preview } from './Preview.tsx';

type File = Artifacts['files'][number];

/** The files of a run, each to be looked at and saved: `?file=` names the one that is shown. */
export function Files({ job, location }: { job: JobInfo; location: Location }) {
  const { client } = useLive();
  const { job_id: id, status } = job;
  const { value, error, reload } = useResource(id, (signal) => client.artifacts(id, { signal }), {
    every: status === 'running' ? 5_000 : undefined,
    on: (item) => item.job_id === id,
  });
  if (value === null) return error ? <ErrorNote error={error} retry={reload} /> : <Skeleton lines={5} />;
  const { files, truncated } = value;
  if (files.length === 0) {
    return (
      <Empty title="There are no files">
        {job.completed_at === null ? 'They come with the run.' : 'It never ran, or its files were deleted.'}
      </Empty>
    );
  }
  const shown = files.find(({ path }) => path === location.query.get('file'));
  return (
    <div class="files">
      <div class="wide">
        <table class="compact">
          <thead>
            <tr>
              <th scope="col">File</th>
              <th scope="col" class="number">
                Size
              </th>
              <th scope="col">Written</th>
              <th scope="col">
                <span class="hidden">Save</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {files.map((file) => (
              <FileRow key={file.path} id={id} file={file} isShown={file === shown} />
            ))}
          </tbody>
        </table>
      </div>
      {truncated && <p class="quiet-text">There are more files than are listed.</p>}
      {shown && (
        <Preview
          key={`${shown.path} ${shown.size}`}
          id={id}
          file={shown}
          onClose={() => go(href(['jobs', id, 'files']), { replace: true })}
        />
      )}
    </div>
  );
}

function FileRow({ id, file: { path, size, modified }, isShown }: { id: string; file: File; isShown: boolean }) {
  const { client } = useLive();
  return (
    <tr class={isShown ? 'file-shown' : undefined}>
      <td>
        <a href={href(['jobs', id, 'files'], { file: path })} aria-current={isShown ? 'true' : undefined}>
          <bdi>{path}</bdi>
        </a>
      </td>
      <td class="number">{bytesText(size)}</td>
      <td class="quiet-text">
        <Ago time={modified} />
      </td>
      <td class="file-save">
        <Download
          path={`jobs/${encodeURIComponent(id)}/artifacts/${encodeURIComponent(path)}`}
          name={path.split('/').at(-1) ?? path}
          size={size}
          load={() => client.artifact(id, path)}
        />
      </td>
    </tr>
  );
}
