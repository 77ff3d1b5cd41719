import { html, type TemplateResult } from 'lit';
import '../session-list.ts';
import { connectionText } from '../../state/stream-text.ts';
import type { NeedsYou } from '../../state/needs-you.ts';
import type { Panel } from '../../state/panel.ts';
import { countText, type SessionList } from '../../state/session-list.ts';
import type { SessionListInput } from '../session-list.ts';
import type { NeedsYouInput } from './needs-you.ts';

/** The pane of sessions: reads the panel's signals and gives them to the list. */
export function listPane(panel: Panel): TemplateResult {
  const list = panel.list.get();
  const needs = panel.pane.needs.get();
  const input = list === null ? null : listInput(panel, list);
  const needsInput = needs === null ? null : needsYouInput(panel, needs);
  return html`<reattach-session-list .input=${input} .needs=${needsInput}></reattach-session-list>`;
}

function listInput(panel: Panel, list: SessionList): SessionListInput {
  const { pane } = panel;
  const { selection, rename } = pane;
  const { graphId, sessionId } = panel.place.get();
  const filter = panel.filter.get();
  const model = list.model.get();
  const connection = connectionText(panel.connection.get());
  return {
    ...{ model, filter, openId: sessionId, now: panel.now.get() },
    count: model.rows.length === 0 ? '' : (countText({ ...model, newCount: 0 }) ?? ''),
    stale: connection !== '' && connection !== 'Connecting…',
    selected: selection.ids.get(),
    progress: pane.bulk.progress.get(),
    rename: rename.model.get(),
    find: (id) => list.find(id),
    hrefOf: (id) => panel.hrefOf({ graphId, sessionId: id }),
    onOpen: (id) => panel.open(id),
    onCancel: (session) => void panel.cancel(session),
    onDelete: (session) => panel.remove(session),
    onMore: () => void list.loadMore(),
    onRetry: () => panel.retryNow(),
    onFilter: (wanted) => panel.setFilter(wanted),
    onAtTop: (atTop) => list.setAtTop(atTop),
    onToggle: (row) => selection.toggle(row),
    onExtend: (from, to) => selection.extend(list.model.get().rows, from, to),
    onSelectAll: () => selection.all(list.model.get().rows),
    onClearSelection: () => selection.clear(),
    onCancelSelected: () => void pane.cancelSelected(),
    onDeleteSelected: () => pane.deleteSelected(),
    onRename: ({ sessionId: id, title }) => rename.begin(id, title),
    onRenameEdit: (text) => rename.edit(text),
    onRenameSave: () => void rename.save(),
    onRenameCancel: () => rename.cancel(),
  };
}

function needsYouInput(panel: Panel, needs: NeedsYou): NeedsYouInput {
  const { notifier } = panel.pane;
  const { graphs } = panel.graphs.model.get();
  return {
    model: needs.model.get(),
    openId: panel.place.get().sessionId,
    now: panel.now.get(),
    notifying: notifier.on.get(),
    problem: notifier.problem.get(),
    titleOf: (id) => graphs.find(({ graphId }) => graphId === id)?.title ?? id,
    hrefOf: ({ graphId, sessionId }) => panel.hrefOf({ graphId, sessionId }),
    onAnswer: (session) => panel.answerSession(session),
    onNotify: () => void panel.pane.toggleNotifications(),
  };
}
