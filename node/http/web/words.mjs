// Every word of the page, in both languages, and how figures are written.

const WORDS = {
  skip: ["Skip to content", "К содержанию"],
  branches: ["Branches", "Филиалы"],
  windows: ["Windows", "Окна"],
  collisions: ["Collisions", "Коллизии"],
  quarantine: ["Quarantine", "Карантин"],
  waiting: ["Approval", "Подключения"],
  audit: ["Audit", "Аудит"],
  signOut: ["Sign out", "Выйти"],
  signIn: ["Sign in", "Войти"],
  token: ["Token", "Токен"],
  tokenHelp: [
    "At the node, `filial http token` prints it; `filial http token --reader` prints one that only looks.",
    "На узле его печатает `filial http token`; `filial http token --reader` — тот, что даёт только смотреть."],
  operator: ["operator", "оператор"],
  reader: ["reader", "наблюдатель"],
  noLine: ["The node does not answer; trying again.", "Узел не отвечает; пробую снова."],
  nothing: ["Nothing here.", "Здесь пусто."],
  search: ["Search", "Поиск"],
  searchBranches: ["Code or name", "Код или имя"],
  sortBy: ["Sort by", "Порядок"],
  sortLate: ["who is worst first", "сначала самые плохие"],
  sortCode: ["code", "код"],
  sortLag: ["queue", "очередь"],
  sortSeen: ["last success", "последний обмен"],
  showAll: ["all", "все"],
  showLate: ["late", "опаздывают"],
  showOff: ["not connected", "не на связи"],
  showTrouble: ["in trouble", "с ошибкой"],
  showOnly: ["Show", "Показать"],
  code: ["Code", "Код"],
  name: ["Name", "Имя"],
  state: ["State", "Состояние"],
  queue: ["Queue", "Очередь"],
  lastSuccess: ["Last success", "Последний обмен"],
  lastHeard: ["Last heard", "Последний сигнал"],
  nextWindow: ["Next window", "Следующее окно"],
  speed: ["Link", "Канал"],
  trouble: ["Trouble", "Что не так"],
  never: ["never", "никогда"],
  now: ["now", "сейчас"],
  connected: ["connected", "на связи"],
  working: ["exchanging", "идёт обмен"],
  offline: ["not connected", "не на связи"],
  active: ["active", "работает"],
  suspended: ["suspended", "приостановлен"],
  revoked: ["revoked", "отозван"],
  held: ["held", "задержан"],
  away: ["away", "давно нет"],
  awaiting: ["waiting", "ждёт"],
  parent: ["parent", "главный узел"],
  child: ["child", "подчинённый"],
  equal: ["equal", "равный"],
  role: ["Role", "Роль"],
  incarnation: ["Incarnation", "Воплощение"],
  connectedSince: ["Connected since", "На связи с"],
  received: ["Messages received", "Принято сообщений"],
  confirmed: ["Messages confirmed", "Подтверждено сообщений"],
  changes: ["changes", "изменений"],
  more: ["Show {0} more", "Показать ещё {0}"],
  shown: ["{0} of {1}", "{0} из {1}"],
  showOn: ["connected", "на связи"],
  lag: ["Lag", "Отставание"],
  openTill: ["open till {0}", "открыто до {0}"],
  whyHeld: ["A mass change waits for somebody to release it.", "Массовое изменение ждёт, пока его отпустят."],
  whyAway: ["It is away for longer than anybody waits; it will be compared when it comes back.", "Его нет дольше, чем его ждут; вернётся — данные будут сверены."],
  whyWindow: ["Its last window went by without it.", "Последнее окно прошло без него."],
  whySilent: ["Nothing exchanged for {0}.", "Обмена нет уже {0}."],
  problem_clone: ["This node's store was copied from another place: it exchanges nothing until somebody says which one is real.", "Хранилище узла скопировано из другого места: обмена нет, пока не сказано, какое настоящее."],
  problem_restored: ["This node was restored from a backup; it takes back what others have of it.", "Узел восстановлен из копии и забирает у других то, что потерял."],
  problem_away: ["This node was away for longer than its parent waits.", "Узел отсутствовал дольше, чем его ждёт главный узел."],
  problem_disk_full: ["The disk is full: nothing can be written.", "Диск заполнен: ничего нельзя записать."],
  problem_ballast_spent: ["The disk is nearly full: the reserve has been given away.", "Диск почти заполнен: резерв израсходован."],
  problem_store_dead: ["The store has failed; the node must be restarted.", "Хранилище отказало; узел нужно перезапустить."],
  back: ["Back", "Назад"],
  explain: ["What is with it", "Что с ним"],
  history: ["What happened", "Что было"],
  facts: ["Figures", "Показатели"],
  suspend: ["Suspend", "Приостановить"],
  resume: ["Resume", "Возобновить"],
  release: ["Release", "Отпустить"],
  revoke: ["Revoke", "Отозвать"],
  revokeAsk: ["Revoke {0} for good?", "Отозвать {0} навсегда?"],
  revokeWarn: [
    "Nothing is taken from it or sent to it any more, from the next message on. It cannot be undone: the branch would have to join anew.",
    "Начиная со следующего сообщения от него ничего не принимается и ему ничего не отправляется. Отменить нельзя: филиалу придётся подключаться заново."],
  done: ["Done.", "Готово."],
  cancel: ["Cancel", "Отмена"],
  save: ["Save", "Сохранить"],
  remove: ["Remove", "Удалить"],
  times: ["times", "раз"],
  first: ["first", "впервые"],
  last: ["last", "последний раз"],
  event: ["Event", "Событие"],
  text: ["Words", "Текст"],
  // windows
  addWindow: ["New window", "Новое окно"],
  addBlackout: ["New blackout", "Новый запрет"],
  window: ["Window", "Окно"],
  windowName: ["Name", "Имя"],
  group: ["Group", "Группа"],
  everybody: ["everybody", "все"],
  rule: ["Comes again", "Повторяется"],
  once: ["once", "один раз"],
  daily: ["every day", "каждый день"],
  weekdays: ["on weekdays", "по будням"],
  weekends: ["at weekends", "по выходным"],
  weekly: ["every week", "каждую неделю"],
  custom: ["by a rule of RFC 5545", "по правилу RFC 5545"],
  at: ["Begins at", "Начало"],
  from: ["First day", "Первый день"],
  for: ["Lasts", "Длится"],
  zone: ["Time zone", "Часовой пояс"],
  rate: ["Rate", "Скорость"],
  rateHelp: ["bits a second: 64k, 256k, 2m; none", "бит в секунду: 64k, 256k, 2m; none"],
  spread: ["Spread", "Разброс"],
  catchUp: ["Catch up", "Наверстать"],
  priority: ["Priority", "Приоритет"],
  durationHelp: ["as 4h, 90m, 1d; none", "например 4h, 90m, 1d; none"],
  blackout: ["blackout", "запрет"],
  moveHelp: [
    "Drag a window to move it, drag its end to make it longer. With the keyboard: arrows move by a quarter of an hour, with Shift they change the length, Enter saves or opens it.",
    "Перетащите окно, чтобы сдвинуть, его край — чтобы изменить длину. С клавиатуры: стрелки двигают на четверть часа, с Shift меняют длину, Enter сохраняет или открывает."],
  movedTo: ["{0}: {1}. Enter saves, Escape takes it back.", "{0}: {1}. Enter сохраняет, Escape возвращает."],
  overloadWarn: ["More nodes are due than this one can serve in: {0}. Make it longer, spread it, or divide the group.", "Узлов больше, чем этот успеет обслужить: {0}. Удлините окно, увеличьте разброс или разделите группу."],
  moveAsk: ["Move {0}?", "Сдвинуть {0}?"],
  moveWords: ["{0} to begin at {1} and last {2}, every time it comes.", "{0}: начало в {1}, длина {2}, каждый раз."],
  overload: ["more nodes than this one can serve", "узлов больше, чем успеет этот"],
  noWindows: ["No windows: branches synchronise whenever they like.", "Окон нет: филиалы обмениваются когда угодно."],
  oldNode: ["This node does not know windows yet.", "Этот узел ещё не знает окон."],
  nodesCount: ["{0} nodes", "узлов: {0}"],
  week: ["The next seven days", "Ближайшие семь дней"],
  groups: ["Groups", "Группы"],
  addGroup: ["New group", "Новая группа"],
  groupName: ["Name of the group", "Имя группы"],
  members: ["Nodes", "Узлы"],
  windowList: ["All windows", "Все окна"],
  // collisions
  onlyOpen: ["Only those that wait for a person", "Только ждущие человека"],
  object: ["Object", "Объект"],
  time: ["Time", "Время"],
  fromNode: ["With", "С узлом"],
  kept: ["Kept", "Осталось"],
  ours: ["ours", "наше"],
  theirs: ["theirs", "их"],
  ruleWord: ["Rule", "Правило"],
  open: ["open", "открыта"],
  decidedBy: ["Decided by", "Решил"],
  acceptOurs: ["Keep ours", "Оставить наше"],
  acceptTheirs: ["Take theirs", "Взять их"],
  attribute: ["Attribute", "Реквизит"],
  missing: ["(not there)", "(нет)"],
  select: ["Select", "Выбрать"],
  selected: ["{0} selected", "выбрано: {0}"],
  emptyValue: ["(empty)", "(пусто)"],
  yes: ["yes", "да"],
  no: ["no", "нет"],
  rowOf: ["{0}, row {1}", "{0}, строка {1}"],
  rowOurs: ["This row: ours", "Строка: наша"],
  rowTheirs: ["This row: theirs", "Строка: их"],
  wholeRow: ["the whole row", "вся строка"],
  versionOurs: ["Ours", "Наша версия"],
  versionTheirs: ["Theirs ({0})", "Их версия ({0})"],
  bothVersions: ["Both versions of {0}", "Обе версии {0}"],
  sameAttributes: ["The same in both: {0}", "Одинаково в обеих: {0}"],
  pickHelp: ["Choose a cell to decide attribute by attribute.", "Выберите ячейки, чтобы решить по реквизитам."],
  acceptPicked: ["Write the choice: {0} ours, {1} theirs", "Записать выбор: наших {0}, их {1}"],
  resolvedMixed: ["Decided: {0}, with {1} of the other.", "Решено: {0}, из другой взято: {1}."],
  resolvedAll: ["Decided: {0}, {1}.", "Решено: {0}, {1}."],
  resolvedSome: ["{0} decided, {1} not: {2}", "Решено: {0}, не решено: {1}. {2}"],
  overwriteAsk: ["Write over a later change?", "Записать поверх более позднего изменения?"],
  overwriteWarn: ["What was entered since is lost where it differs.", "Введённое позже пропадёт там, где отличается."],
  overwrite: ["Write over it", "Записать поверх"],
  selectAll: ["Select all", "Выбрать все"],
  // versions
  versionsOf: ["What it was: versions, {0}", "Чем он был: версий {0}"],
  version: ["Version", "Версия"],
  liveVersion: ["now", "сейчас"],
  enteredAt: ["Entered at", "Где введена"],
  cameBy: ["Came by", "Чем пришла"],
  whatChanged: ["What changed", "Что изменилось"],
  verified: ["signature verified", "подпись проверена"],
  state_created: ["created", "создан"],
  state_changed: ["changed", "изменён"],
  state_deleted: ["deleted", "удалён"],
  state_withdrawn: ["withdrawn", "отозван"],
  state_not_taken: ["not taken", "не принят"],
  state_in_quarantine: ["in quarantine", "в карантине"],
  noCollisionsOpen: ["No collision waits for a person.", "Ни одна коллизия не ждёт человека."],
  "parent wins": ["parent wins", "побеждает главный узел"],
  "child wins": ["child wins", "побеждает подчинённый"],
  "by hand": ["by hand", "вручную"],
  hook: ["by a hook", "обработчик"],
  person: ["decided by a person", "решил человек"],
  banned: ["import is banned for that day", "загрузка за этот день запрещена"],
  sameContent: ["Both versions have the same content.", "Содержимое обеих версий одинаково."],
  resolved: ["Decided: {0}.", "Решено: {0}."],
  // quarantine
  retry: ["Try again", "Повторить"],
  retryAll: ["Try all again", "Повторить все"],
  drop: ["Give up", "Отказаться"],
  dropAsk: ["Give up the transaction of {0}?", "Отказаться от транзакции {0}?"],
  dropWarn: ["What it would have changed is not taken. The branch keeps its own.", "Её изменения не будут приняты. У филиала своё останется."],
  reason: ["Why", "Почему"],
  attempts: ["Attempts", "Попыток"],
  content: ["Content", "Содержимое"],
  retried: ["{0} taken, {1} still held", "принято: {0}, осталось: {1}"],
  // waiting, audit
  fingerprint: ["Fingerprint", "Отпечаток"],
  since: ["Since", "С"],
  approve: ["Approve", "Подтвердить"],
  reject: ["Reject", "Отклонить"],
  approveAsk: ["Approve {0}?", "Подтвердить {0}?"],
  approveWarn: [
    "Have the branch read its fingerprint aloud (`filial key show` there). Approve only when every group is the same.",
    "Попросите филиал прочесть его отпечаток вслух (`filial key show`). Подтверждайте, только если совпала каждая группа."],
  approveCheck: ["I have compared all eight groups", "Я сравнил все восемь групп"],
  rejectAsk: ["Reject {0}?", "Отклонить {0}?"],
  rejectWarn: ["Its invitation is used up; it needs another one.", "Его приглашение израсходовано; понадобится новое."],
  nobodyWaits: ["No node waits for approval.", "Никто не ждёт подтверждения."],
  who: ["Who", "Кто"],
  via: ["By", "Через"],
  what: ["What", "Что"],
  outcome: ["Outcome", "Итог"],
  verify: ["Check the chain", "Проверить цепочку"],
  verified: ["The chain of {0} entries holds. Head: {1}", "Цепочка из {0} записей цела. Конец: {1}"],
  older: ["Older", "Раньше"],
  readOnly: ["This token only looks.", "Этот токен даёт только смотреть."],
  updated: ["updated {0}", "обновлено {0}"],
};

let chosen = localStorage.getItem("filial.language")
  ?? ((navigator.language ?? "en").startsWith("ru") ? "ru" : "en");

export const language = () => chosen;
const locale = () => (chosen === "ru" ? "ru" : "en-GB");

export function choose(next) {
  chosen = next;
  localStorage.setItem("filial.language", next);
  document.documentElement.lang = next;
}

/** t("shown", 3, 7); a word that is not in the table stands for itself. */
export function t(key, ...values) {
  const pair = WORDS[key];
  const text = pair ? pair[chosen === "ru" ? 1 : 0] : key;
  return text.replace(/\{(\d)\}/g, (_, index) => String(values[index] ?? ""));
}

export const number = (value) => new Intl.NumberFormat(locale()).format(value ?? 0);

export function speed(bytesPerSecond) {
  if (!bytesPerSecond) return "–";
  const bits = bytesPerSecond * 8;
  const [value, unit] = bits >= 1e6 ? [bits / 1e6, chosen === "ru" ? "Мбит/с" : "Mbit/s"]
    : [bits / 1e3, chosen === "ru" ? "кбит/с" : "kbit/s"];
  return `${new Intl.NumberFormat(locale(), { maximumSignificantDigits: 3 }).format(value)} ${unit}`;
}

/** "5 minutes ago" of a time in ISO 8601. */
export function ago(time) {
  if (!time || time === "never" || time === "никогда") return t("never");
  const seconds = (new Date(time) - Date.now()) / 1000;
  const format = new Intl.RelativeTimeFormat(locale(), { numeric: "auto" });
  for (const [unit, size] of [["day", 86400], ["hour", 3600], ["minute", 60]]) {
    if (Math.abs(seconds) >= size) return format.format(Math.round(seconds / size), unit);
  }
  return Math.abs(seconds) < 5 ? t("now") : format.format(Math.round(seconds), "second");
}

export function moment(time) {
  if (!time || Number.isNaN(Date.parse(time))) return time || t("never");
  return new Intl.DateTimeFormat(locale(), { dateStyle: "short", timeStyle: "medium" }).format(new Date(time));
}

/** A moment to plan by: without seconds. */
export const minute = (time) => new Intl.DateTimeFormat(locale(), { dateStyle: "short", timeStyle: "short" }).format(new Date(time));

export function lasts(seconds) {
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.round((seconds % 3600) / 60);
  const [h, m] = chosen === "ru" ? ["ч", "мин"] : ["h", "min"];
  return [hours ? `${hours} ${h}` : "", minutes ? `${minutes} ${m}` : ""].filter(Boolean).join(" ") || `< 1 ${m}`;
}
