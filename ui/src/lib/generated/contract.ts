// Made by `cargo xtask gen` from crates/api. Do not edit: the tests compare it.

export type Dither = "auto" | "mixed" | "threshold" | "otsu" | "adaptive" | "floyd-steinberg" | "atkinson" | "jarvis" | "stucki" | "sierra-lite" | "bayer4" | "bayer8" | "clustered" | "blue-noise";
export type PageOptions = {
/** Dots; the printer's own width when null. */
width: number | null,
/** Size of the sheet in tenths of a millimetre; a roll when null. */
paper: { width: number; height: number } | null,
/** Tenths of a millimetre. */
margin: number,
orientation: "auto" | "portrait" | "landscape",
fit: "fit" | "fill" | "actual",
/** Hundredths of a percent of the page as it is seen upright. */
crop: { left: number; top: number; width: number; height: number } | null,
rotate: 0 | 90 | 180 | 270,
/** For example `1-3,5,9-`; empty for all. */
pages: string,
perSheet: 1 | 2 | 4 | 6 | 8 | 9 | 16,
duplex: "off" | "long-edge" | "short-edge",
copies: number,
collate: boolean,
dither: Dither,
/** Bits a dot: of grey, or 24 for colours. */
depth: 1 | 2 | 4 | 8 | 24,
threshold: number,
autoLevels: boolean,
brightness: number,
contrast: number,
/** Hundredths. */
gamma: number,
sharpness: number,
invert: boolean,
cut: "none" | "partial" | "full",
feed: number,
textSize: number, };

export type ActInWorld = { 
/**
 * Serial number of the simulated printer.
 */
sn: string, 
/**
 * What to do to it.
 */
act: WorldAct, };

export type AddDevice = { 
/**
 * As `nearby.list` names it.
 */
id: string, 
/**
 * Catalogue id of its model; this or `family` is needed when it is not recognised.
 */
model?: string, 
/**
 * Family of its wire language, when no more is known.
 */
family?: string, 
/**
 * What the user calls it.
 */
name?: string, };

export type AppView = { 
/**
 * The brand's name for the program.
 */
name: string, 
/**
 * Version of the program.
 */
version: string, 
/**
 * Folder name of the brand.
 */
brand: string, };

export type AskDevice = { 
/**
 * As `nearby.list` names it.
 */
id?: string, 
/**
 * Serial number of an added printer.
 */
sn?: string, 
/**
 * Catalogue id of its model; this or `family` is needed when it is not recognised.
 */
model?: string, 
/**
 * Family of its wire language, when no more is known.
 */
family?: string, };

export type BindRequest = { 
/**
 * Serial number.
 */
sn: string, 
/**
 * Verification code from the printer's paper.
 */
code?: string, 
/**
 * What the user calls it.
 */
name?: string, 
/**
 * Catalogue id of its model.
 */
model?: string, };

export type BindStage = "code-needed" | "bound";

export type BindView = { 
/**
 * The printer's serial number.
 */
sn: string, 
/**
 * How far it got.
 */
stage: BindStage, 
/**
 * The printer, once bound.
 */
printer: PrinterView | null, };

export type BluetoothView = { 
/**
 * `on`, `off`, `denied`, `none` or `unknown`.
 */
state: string, 
/**
 * What is in the way.
 */
fault: ErrorView | null, };

export type CandidateView = { 
/**
 * Catalogue id.
 */
id: string, 
/**
 * For people.
 */
name: string, 
/**
 * Family of its wire language.
 */
family: string, };

export type CarriedView = { 
/**
 * Bytes for the printer.
 */
total: number, 
/**
 * Bytes that were handed over.
 */
sent: number, 
/**
 * Bytes that the printer itself has acknowledged.
 */
acknowledged: number, };

export type ChangePrinter = { 
/**
 * Serial number.
 */
sn: string, 
/**
 * A new name.
 */
name?: string, 
/**
 * Another model.
 */
model?: string, };

export type ChangeSettings = { 
/**
 * `en`, `zh-CN`, `th`, or empty for the system's.
 */
language?: string, 
/**
 * `light`, `dark`, or empty for the system's.
 */
theme?: string, 
/**
 * Whether jobs behind an uncertain one wait for the decision.
 */
holdUncertain?: boolean, 
/**
 * Hours after which finished documents are deleted, 1–720.
 */
keepDocumentsHours?: number, };

export type CharacteristicView = { 
/**
 * Short where it has a short form.
 */
uuid: string, 
/**
 * `read`, `write`, `write-without-response`, `notify`, `indicate`.
 */
properties: Array<string>, 
/**
 * What the device says it is for.
 */
description: string | null, };

export type CheckStatus = "ok" | "warning" | "missing";

export type CheckView = { 
/**
 * Stable, for example `secrets`.
 */
id: string, 
/**
 * Works or not.
 */
status: CheckStatus, 
/**
 * What was found.
 */
detail: string, 
/**
 * How to fix it; empty when there is nothing to fix.
 */
remedy: string, };

export type ChosenView = { 
/**
 * Its name for people.
 */
ssid: string, 
/**
 * As in the list.
 */
security: string, 
/**
 * It takes no password.
 */
open: boolean, };

export type CodeView = { 
/**
 * Serial number.
 */
sn: string, 
/**
 * Verification code, when the text holds one.
 */
code: string | null, };

export type ControlRequest = { 
/**
 * Serial number.
 */
sn: string, 
/**
 * The command's literal, for example `reboot`.
 */
command: string, };

export type ControlView = { 
/**
 * The printer's serial number.
 */
sn: string, 
/**
 * The command's literal.
 */
command: string, 
/**
 * Our id of the command.
 */
controlId: string, 
/**
 * The device's own word, for example `confirm`.
 */
status: string, 
/**
 * The device's own text.
 */
detail: string, };

export type Decision = "reprint" | "done";

export type DeviceRequest = { 
/**
 * As `nearby.list` names it.
 */
id: string, };

export type DeviceView = { 
/**
 * How calls name it while it is near. Not its identity.
 */
id: string, 
/**
 * What it calls itself; cheap devices often say nothing.
 */
name: string | null, 
/**
 * `ble` or `usb`.
 */
channel: string, 
/**
 * Family of its wire language, when all candidates agree.
 */
family: string | null, 
/**
 * Catalogue id, when only one model fits.
 */
model: string | null, 
/**
 * That model's name for people.
 */
modelName: string | null, 
/**
 * Models that fit.
 */
candidates: Array<CandidateView>, 
/**
 * Several models fit and a person, or the printer's own answer, has to decide.
 */
ambiguous: boolean, 
/**
 * Smoothed, in dBm.
 */
rssi: number | null, 
/**
 * Bars, 0 to 4.
 */
signal: number, 
/**
 * Since it was last heard.
 */
ageSeconds: number, 
/**
 * Whether it wants to be set up.
 */
setup: SetupView, 
/**
 * Serial number of the added printer that was here the last time.
 */
added: string | null, 
/**
 * It exists only in the simulated world.
 */
simulated: boolean, };

export type DoctorView = { 
/**
 * Everything looked at.
 */
checks: Array<CheckView>, };

export type DocumentView = { 
/**
 * Handle for `preview.render` and `print.start`.
 */
document: string, 
/**
 * The label that its owner gave it.
 */
name: string, 
/**
 * `png`, `jpeg`, `webp`, `gif`, `bmp`, `tiff`, `svg`, `pdf`, `markdown` or `text`.
 */
kind: string, 
/**
 * Bytes.
 */
size: number, 
/**
 * Pixels from left to right, for pictures.
 */
width: number | null, 
/**
 * Pixels from top to bottom, for pictures.
 */
height: number | null, 
/**
 * It needs a password: `document.unlock` before `preview.render` and `print.start`.
 */
locked: boolean, };

export type ErrorView = { 
/**
 * Stable: lower case, words joined by `_`.
 */
code: string, 
/**
 * What happened.
 */
message: string, 
/**
 * What to do next.
 */
remedy: string, 
/**
 * `no`, `later` or `after-remedy`.
 */
retry: string, };

export type EventBody = { "kind": "printer-changed", 
/**
 * The printer as it is now.
 */
printer: PrinterView, } | { "kind": "printer-removed", 
/**
 * Its serial number.
 */
sn: string, } | { "kind": "job-changed", 
/**
 * The job as it is now.
 */
job: JobView, } | { "kind": "job-removed", 
/**
 * Which one.
 */
jobId: string, } | { "kind": "settings-changed", 
/**
 * The choices as they are now.
 */
settings: SettingsView, } | { "kind": "profile-changed", 
/**
 * The profile, if any.
 */
profile: ProfileView | null, } | { "kind": "world-changed", 
/**
 * The world as it is now.
 */
world: WorldView | null, } | { "kind": "nearby-changed", 
/**
 * What is near now.
 */
nearby: NearbyView, } | { "kind": "setup-changed", 
/**
 * The set-up as it is now; `null` when there is none any more.
 */
setup: WizardView | null, } | { "kind": "strip-changed", 
/**
 * The test strip as it is now; `null` when there is none any more.
 */
strip: StripView | null, } | { "kind": "printer-notice", 
/**
 * Which printer.
 */
sn: string, 
/**
 * The device's own word, for example `stop_print`.
 */
event: string, 
/**
 * The device's own text.
 */
detail: string, };

export type EventView = { 
/**
 * See [`Snapshot::epoch`].
 */
epoch: string, 
/**
 * Grows by one.
 */
seq: number, 
/**
 * When it happened.
 */
at: number, 
/**
 * What happened.
 */
body: EventBody, };

export type FirmwareView = { 
/**
 * `cloud`, `printer`, `bluetooth` or a word of the device.
 */
part: string, 
/**
 * Dotted version.
 */
version: string, };

export type FrameView = { 
/**
 * Grows by one; `gatt.frames` gives those after a number.
 */
seq: number, 
/**
 * When.
 */
at: number, 
/**
 * `down` to the device, `up` from it.
 */
direction: string, 
/**
 * `write`, `write!` (answered), `read`, `subscribe`, `ok`, `value`, `notify`, `refused`, `lost`, …
 */
kind: string, 
/**
 * `service/characteristic`.
 */
place: string | null, 
/**
 * Hexadecimal; absent when it is not kept (set-up).
 */
hex: string | null, 
/**
 * Bytes.
 */
size: number, 
/**
 * What the family reads in it.
 */
named: Array<NamedView>, };

export type FramesView = { 
/**
 * `gatt.open` holds a link.
 */
open: boolean, 
/**
 * A recording runs.
 */
recording: boolean, 
/**
 * The oldest first.
 */
frames: Array<FrameView>, };

export type GattFrames = { 
/**
 * As `nearby.list` names it.
 */
id: string, 
/**
 * Only those after this number.
 */
after?: number, };

export type GattPlace = { 
/**
 * As `nearby.list` names it.
 */
id: string, 
/**
 * UUID of the service; the first with that characteristic when absent.
 */
service?: string, 
/**
 * UUID of the characteristic.
 */
characteristic: string, };

export type GattWrite = { 
/**
 * As `nearby.list` names it.
 */
id: string, 
/**
 * UUID of the service; the first with that characteristic when absent.
 */
service?: string, 
/**
 * UUID of the characteristic.
 */
characteristic: string, 
/**
 * Bytes, hexadecimal; spaces are ignored.
 */
hex: string, 
/**
 * Whether the device has to answer.
 */
confirmed?: boolean, };

export type JobRequest = { 
/**
 * 32 hexadecimal digits.
 */
jobId: string, };

export type JobView = { 
/**
 * Our id: 32 hexadecimal digits.
 */
jobId: string, 
/**
 * The caller's own reference.
 */
ref: string | null, 
/**
 * Serial number of the printer.
 */
printer: string, 
/**
 * Name of the document.
 */
title: string, 
/**
 * Kind of the document.
 */
documentKind: string, 
/**
 * `waiting`, `rendering`, `ready`, `sending`, `sent`, `done`, `failed`, `cancelled` or `uncertain`.
 */
state: string, 
/**
 * 0 to 1: of its bytes while it is `sending`, of its paper from then on.
 */
progress: number, 
/**
 * Always true: a job is shown only once it is durable.
 */
accepted: boolean, 
/**
 * The same document came from the same caller within the last minute, without a reference.
 */
possibleDuplicate: boolean, 
/**
 * The printer's own words about the job.
 */
detail: string, 
/**
 * Why it failed, or what is uncertain.
 */
error: ErrorView | null, 
/**
 * Set while the user has to decide.
 */
uncertain: UncertainView | null, 
/**
 * How many copies.
 */
copies: number, 
/**
 * Pages of one copy, once rendered.
 */
pages: number | null, 
/**
 * How often it was sent.
 */
attempt: number, 
/**
 * How far it got over Bluetooth.
 */
carried: CarriedView | null, 
/**
 * Whether it begins by itself once its printer is met again: `by-rule` (for an hour), `yes` or `no`.
 */
startsLater: string, 
/**
 * What the platform calls it.
 */
platformJobId: string | null, 
/**
 * The job that this one prints again.
 */
reprintOf: string | null, 
/**
 * When it was accepted.
 */
acceptedAt: number, 
/**
 * When it last changed.
 */
changedAt: number, 
/**
 * `job.cancel` would do something.
 */
canCancel: boolean, 
/**
 * `job.again` would work: the document is still here.
 */
canPrintAgain: boolean, 
/**
 * Blob handle of the page as burned, once rendered.
 */
page: string | null, };

export type LabelView = { 
/**
 * `setup`, `wifi`, `enterprise-wifi`, `device`, `address`, `foreign` or `serial`.
 */
kind: string, 
/**
 * The name under which the printer is found.
 */
name: string | null, 
/**
 * `ble` or `softap`.
 */
transport: string | null, 
/**
 * A network's name.
 */
ssid: string | null, 
/**
 * Its protection.
 */
security: string | null, 
/**
 * A serial number.
 */
serial: string | null, 
/**
 * The host of an address, which is never opened.
 */
host: string | null, 
/**
 * Whose code it is: `matter`, `wifi-easy-connect`, `home-kit` or `we-com`.
 */
foreign: string | null, };

export type ListJobs = { 
/**
 * Only this printer's.
 */
printer?: string, 
/**
 * At most so many, 1–1000; 200 when absent.
 */
limit?: number, };

export type ModelView = { 
/**
 * Catalogue id.
 */
id: string, 
/**
 * For people.
 */
name: string, 
/**
 * Family of its wire language.
 */
family: string, 
/**
 * Head width in dots.
 */
widthDots: number, 
/**
 * Dots per inch.
 */
dpi: number, 
/**
 * `proven`, `captured` or `documented`.
 */
support: string, 
/**
 * It has a cutter.
 */
cut: boolean, 
/**
 * Bits a dot that it can print, the fewest first.
 */
depths: Array<number>, 
/**
 * It prints on both sides.
 */
bothSides: boolean, 
/**
 * It is the user's own, from the file in the data folder.
 */
own: boolean, };

export type NamedView = { 
/**
 * Where it begins, in bytes.
 */
offset: number, 
/**
 * A stable word, for example `raster`.
 */
name: string, 
/**
 * Its values, for a person.
 */
text: string, };

export type NearbyView = { 
/**
 * Whether Bluetooth can be used.
 */
bluetooth: BluetoothView, 
/**
 * Somebody searches now.
 */
scanning: boolean, 
/**
 * Printers and devices that want to be set up first, then by signal.
 */
devices: Array<DeviceView>, 
/**
 * Why a printer may be missing here, the most likely cause first.
 */
advice: Array<ProblemView>, };

export type NetworkView = { 
/**
 * Its name for people.
 */
ssid: string, 
/**
 * Its name as it is, in hexadecimal digits.
 */
ssidHex: string, 
/**
 * Bars, 0 to 4.
 */
signal: number, 
/**
 * Strength at the printer in dBm.
 */
rssi: number | null, 
/**
 * `open`, `wpa2`, `enterprise`, …
 */
security: string, 
/**
 * It takes no password.
 */
open: boolean, 
/**
 * `2.4` and `5`, where the printer says it.
 */
bands: Array<string>, 
/**
 * `possible`, `doubtful` or `impossible`.
 */
advice: string, 
/**
 * Why it is impossible.
 */
problem: ObstacleView | null, 
/**
 * The computer is on it.
 */
saved: boolean, };

export type Nothing = Record<symbol, never>;

export type ObstacleView = { 
/**
 * For example `WRONG-CODE` or `REFUSED`.
 */
class: string, 
/**
 * Stable: lower case, words joined by `_`.
 */
code: string, 
/**
 * What happened.
 */
message: string, 
/**
 * What to do next.
 */
remedy: string, 
/**
 * `no`, `later` or `after-remedy`.
 */
retry: string, };

export type OwnModelsView = { 
/**
 * Where it is, or would be.
 */
file: string, 
/**
 * The models that can be used.
 */
models: Array<ModelView>, 
/**
 * What is wrong with it, a sentence each.
 */
problems: Array<string>, };

export type PageView = { 
/**
 * Blob handle of the dots (PNG, one bit a dot).
 */
dots: string, 
/**
 * Blob handle of the same page before it became dots and before its tones were changed (PNG, 8 bits of grey), of
 * the same size.
 */
grey: string, 
/**
 * Dots from left to right.
 */
width: number, 
/**
 * Dots from top to bottom.
 */
height: number, 
/**
 * The same in millimetres.
 */
widthMm: number, 
/**
 * The same in millimetres.
 */
heightMm: number, 
/**
 * SHA-256 of the packed rows, hexadecimal.
 */
sha256: string, };

export type PreviewView = { 
/**
 * The pages from `first` on.
 */
pages: Array<PageView>, 
/**
 * Place of the first of `pages` among all pages of paper, from 0.
 */
first: number, 
/**
 * Pages of paper in one copy.
 */
pageCount: number, 
/**
 * Pages of the document itself, whichever of them are printed: what `options.pages` counts.
 */
leaves: number, 
/**
 * Dots per inch.
 */
dpi: number, 
/**
 * The dither that was really used for the first of `pages` (`auto` has chosen).
 */
dither: string, 
/**
 * Bytes of PRN for these pages.
 */
prnBytes: number, 
/**
 * Paper that these pages use, with the feed after each, in millimetres.
 */
paperMm: number, 
/**
 * Characters on these pages that no font has; they print as an empty box.
 */
missing: Array<string>, };

export type PrintAgain = { 
/**
 * 32 hexadecimal digits.
 */
jobId: string, 
/**
 * What opens its document, after `document_locked`.
 */
password?: string, };

export type PrinterRequest = { 
/**
 * Serial number.
 */
sn: string, };

export type PrinterStateView = { 
/**
 * Percent.
 */
battery: Reading<number> | null, charging: Reading<boolean> | null, 
/**
 * 0 = out, any other value = present (rule C-10).
 */
paper: Reading<number> | null, paperType: Reading<string> | null, temperature: Reading<number> | null, humidity: Reading<number> | null, 
/**
 * Wi-Fi signal, dBm.
 */
rssi: Reading<number> | null, 
/**
 * Cellular signal, dBm.
 */
signalStrength: Reading<number> | null, networkType: Reading<string> | null, ipAddress: Reading<string> | null, printCount: Reading<number> | null, 
/**
 * Active device errors; empty means none.
 */
errCode: Reading<Array<number>> | null, firmware: Reading<Array<FirmwareView>> | null, 
/**
 * Everything else, as text, by the platform's name.
 */
more: { [key in string]: Reading<string> }, };

export type PrinterView = { 
/**
 * Serial number: its identity.
 */
sn: string, 
/**
 * What the user calls it.
 */
name: string, 
/**
 * Catalogue id of its model.
 */
model: string, 
/**
 * The model's name for people.
 */
modelName: string, 
/**
 * Family of its wire language, for example `escpos`.
 */
family: string, 
/**
 * Head width in dots.
 */
widthDots: number, 
/**
 * Dots per inch.
 */
dpi: number, 
/**
 * `proven`, `captured` or `documented`.
 */
support: string, 
/**
 * How it is best reached: `ble`, `lan`, `cloud` or `system`.
 */
channel: string, 
/**
 * Name of the platform profile that it is bound through; empty for one that is reached over Bluetooth.
 */
profile: string, 
/**
 * The Bluetooth device where it was last met, as `nearby.list` names it.
 */
device: string | null, 
/**
 * It exists only in the simulated world.
 */
simulated: boolean, 
/**
 * `unknown`, `connecting`, `online` or `offline`.
 */
connection: string, 
/**
 * False when messages travel without TLS; the UI shows a badge.
 */
encrypted: boolean, 
/**
 * When it was last heard, if ever.
 */
lastHeard: number | null, 
/**
 * When it was bound.
 */
boundAt: number, 
/**
 * What it reported about itself.
 */
state: PrinterStateView, 
/**
 * What stands in the way of printing, most important first.
 */
problems: Array<ProblemView>, 
/**
 * Jobs that are not finished.
 */
openJobs: number, 
/**
 * True while an uncertain job holds the queue.
 */
held: boolean, };

export type ProblemView = { 
/**
 * `offline`, `device_error`, `bind_again`, `taken_over`, `clock_off`, `refused`, `not_encrypted`, `job_uncertain`, …
 */
code: string, 
/**
 * What is wrong.
 */
message: string, 
/**
 * What to do.
 */
remedy: string, 
/**
 * `error` or `note`.
 */
severity: string, };

export type ProfileView = { 
/**
 * Its name.
 */
name: string, 
/**
 * `direct` or `via-tenant`.
 */
mode: string, 
/**
 * Host of the HTTP interface.
 */
httpHost: string, 
/**
 * Host of the message broker.
 */
mqttHost: string, 
/**
 * Both travel over TLS.
 */
encrypted: boolean, 
/**
 * It belongs to the simulated world.
 */
simulated: boolean, };

export type ReadCode = { 
/**
 * Text of a QR code or label, at most 2 KiB.
 */
text: string, };

export type ReadLabel = { 
/**
 * What the code says.
 */
text: string, };

export type Reading<T> = { 
/**
 * As reported, never converted.
 */
value: T, 
/**
 * When we received it.
 */
at: number, 
/**
 * False for values from before this connection ("last known").
 */
live: boolean, };

export type ReadingsView = { 
/**
 * Percent.
 */
battery: number | null, 
/**
 * On the charger.
 */
charging: boolean | null, 
/**
 * Paper is there.
 */
paper: boolean | null, 
/**
 * The cover is open.
 */
coverOpen: boolean | null, 
/**
 * °C.
 */
temperature: number | null, 
/**
 * Too hot to print.
 */
overheated: boolean | null, 
/**
 * Printing or feeding.
 */
busy: boolean | null, 
/**
 * Its identity.
 */
serial: string | null, 
/**
 * Firmware version.
 */
firmware: string | null, 
/**
 * Hardware version.
 */
hardware: string | null, 
/**
 * The maker's number or name of the model.
 */
model: string | null, 
/**
 * Pages printed since some beginning.
 */
counter: number | null, 
/**
 * Its own error code.
 */
error: string | null, };

export type RenderPreview = { 
/**
 * Handle of the document.
 */
document: string, 
/**
 * Serial number of the printer.
 */
printer: string, 
/**
 * How it becomes a page.
 */
options: Partial<PageOptions>, 
/**
 * The first page of paper that is wanted, from 0; 0 when absent.
 */
first?: number, 
/**
 * At most so many pages, 1–48; 12 when absent.
 */
count?: number, };

export type ReplayFrameView = { 
/**
 * Its line in the file.
 */
line: number, 
/**
 * `down` to the device, `up` from it.
 */
direction: string, 
/**
 * What the file says.
 */
text: string, 
/**
 * What the family reads in it.
 */
named: Array<NamedView>, };

export type ReplayPageView = { 
/**
 * Dots from left to right.
 */
width: number, 
/**
 * Dots from top to bottom.
 */
height: number, 
/**
 * SHA-256 of the packed rows, hexadecimal: the same as a preview's.
 */
sha256: string, };

export type ReplayTrace = { 
/**
 * Text of a `.case` file, at most 12 MiB.
 */
text: string, 
/**
 * The family by which it is read, when the file does not say or is wrong.
 */
family?: string, };

export type ReplayView = { 
/**
 * The family by which it was read.
 */
family: string | null, 
/**
 * Everything that happened.
 */
frames: Array<ReplayFrameView>, 
/**
 * What came out of the printer, when it holds a print.
 */
pages: Array<ReplayPageView>, 
/**
 * Why the writes make no paper.
 */
problem: string | null, };

export type ResolveJob = { 
/**
 * 32 hexadecimal digits.
 */
jobId: string, 
/**
 * What the user says.
 */
decision: Decision, };

export type ServiceView = { 
/**
 * Short where it has a short form.
 */
uuid: string, 
/**
 * Its characteristics.
 */
characteristics: Array<CharacteristicView>, };

export type SettingsView = { 
/**
 * `en`, `zh-CN`, `th`, or empty for the system's.
 */
language: string, 
/**
 * `light`, `dark`, or empty for the system's.
 */
theme: string, 
/**
 * Whether jobs behind an uncertain one wait for the decision.
 */
holdUncertain: boolean, 
/**
 * Hours after which finished documents are deleted.
 */
keepDocumentsHours: number, 
/**
 * `keychain` or `protected-file`.
 */
secrets: string, };

export type SetupAnswer = { "answer": "pick", 
/**
 * As `nearby.list` names it.
 */
device: string, } | { "answer": "label", 
/**
 * What the code says.
 */
text: string, } | { "answer": "code", 
/**
 * As it was typed in.
 */
code: string, } | { "answer": "network", 
/**
 * Its name.
 */
ssid?: string, 
/**
 * Its name in hexadecimal digits: names need not be text.
 */
ssidHex?: string, 
/**
 * As in the list; `unknown` for one that was typed in.
 */
security: string, } | { "answer": "password", 
/**
 * As it was typed in; nothing is cut off.
 */
password: string, } | { "answer": "rescan" } | { "answer": "blink" } | { "answer": "again" } | { "answer": "skip" } | { "answer": "without-wifi" };

export type SetupDeviceView = { 
/**
 * As `nearby.list` names it.
 */
id: string, 
/**
 * What it calls itself.
 */
name: string | null, };

export type SetupFactsView = { 
/**
 * Its name.
 */
name: string | null, 
/**
 * Its hardware.
 */
hardware: string | null, 
/**
 * Its firmware.
 */
firmware: string | null, 
/**
 * Whether what is sent to it is encrypted.
 */
encrypted: boolean, 
/**
 * It can blink.
 */
canBlink: boolean, };

export type SetupView = { 
/**
 * `none`, `perhaps` (a cable), `new`, `authorise` (press its button), `ready`, `busy` or `done`.
 */
state: string, 
/**
 * `improv` or `esp`.
 */
kind: string | null, 
/**
 * `nearby.blink` would do something.
 */
canBlink: boolean, };

export type ShareView = { 
/**
 * The printer's serial number.
 */
sn: string, 
/**
 * The text of the QR code. It holds the serial number only, never a token.
 */
text: string, 
/**
 * Modules on a side of the QR code.
 */
size: number, 
/**
 * `size × size` characters, row by row: `1` is dark.
 */
modules: string, };

export type SheetView = { 
/**
 * The platform's job id.
 */
jobId: string, 
/**
 * Page within the job, from 1.
 */
page: number, 
/**
 * Blob handle (PNG).
 */
handle: string, 
/**
 * Dots from left to right.
 */
width: number, 
/**
 * Dots from top to bottom.
 */
height: number, 
/**
 * SHA-256 of the packed rows, hexadecimal: equals the preview's.
 */
sha256: string, 
/**
 * When it came out.
 */
at: number, };

export type Snapshot = { 
/**
 * Which run of the engine the numbers belong to. Another epoch means: take a new snapshot.
 */
epoch: string, 
/**
 * Number of the last event that this snapshot contains.
 */
seq: number, 
/**
 * Name, version, brand.
 */
app: AppView, 
/**
 * All bound printers, by name.
 */
printers: Array<PrinterView>, 
/**
 * The newest 200 jobs, newest first.
 */
jobs: Array<JobView>, 
/**
 * The user's choices.
 */
settings: SettingsView, 
/**
 * The platform profile in use.
 */
profile: ProfileView | null, 
/**
 * The simulated world, when this program carries one.
 */
world: WorldView | null, 
/**
 * What is near.
 */
nearby: NearbyView, 
/**
 * The set-up that runs or has just ended.
 */
setup: WizardView | null, 
/**
 * The test strip that runs or has just ended.
 */
strip: StripView | null, };

export type StartJob = { 
/**
 * 32 hexadecimal digits.
 */
jobId: string, 
/**
 * True: it begins as soon as its printer is met, whenever that is; also now. False: not by itself once it has had
 * to wait. Default true.
 */
byItself?: boolean, };

export type StartPrint = { 
/**
 * Handle of the document.
 */
document: string, 
/**
 * Serial number of the printer.
 */
printer: string, 
/**
 * How it becomes a page.
 */
options: Partial<PageOptions>, 
/**
 * The caller's own reference: the same one twice within 7 days gives the same job.
 */
ref?: string, };

export type StartSetup = { 
/**
 * As `nearby.list` names it; without, it is looked for.
 */
device?: string, 
/**
 * Text of the code on its label.
 */
label?: string, };

export type StateRequest = { 
/**
 * Serial number.
 */
sn: string, 
/**
 * Ask the platform now instead of answering with what is known. Default true.
 */
refresh?: boolean, };

export type StripAnswer = { "answer": "no-bars" } | { "answer": "bars" } | { "answer": "whole", 
/**
 * From 0 to the number of bars.
 */
count: number, } | { "answer": "black", 
/**
 * Whether they are black on white.
 */
black: boolean, } | { "answer": "again" };

export type StripView = { 
/**
 * Which device.
 */
device: SetupDeviceView, 
/**
 * `printing`, `came-out`, `whole-bars`, `black-on-white`, `adding`, `done` or `given-up`. The three in the middle are
 * questions: did bars come out, how many of them end in a block, are they black on white.
 */
step: string, 
/**
 * The family whose language was printed last.
 */
family: string | null, 
/**
 * The bars of the strip from the top, by their width in dots.
 */
bars: Array<number>, 
/**
 * Strips that were printed so far.
 */
strips: number, 
/**
 * Why it does not go on by itself; `again` tries once more.
 */
error: ErrorView | null, 
/**
 * The model, once it is known and kept.
 */
model: ModelView | null, 
/**
 * Serial number of the printer, once it was added.
 */
printer: string | null, };

export type TraceView = { 
/**
 * Blob handle of the `.case` file.
 */
trace: string, 
/**
 * How many steps it has.
 */
steps: number, };

export type TreeView = { 
/**
 * Which device.
 */
id: string, 
/**
 * In the device's own order.
 */
services: Array<ServiceView>, };

export type UncertainView = { 
/**
 * About how much is on paper, 0 to 1.
 */
about: number, 
/**
 * Jobs behind it that wait for the decision.
 */
holding: number, };

export type UnlockDocument = { 
/**
 * Handle of the document.
 */
document: string, 
/**
 * What opens it.
 */
password: string, };

export type UseProfile = { 
/**
 * The profile as TOML.
 */
toml: string, 
/**
 * The certificate that `caFile` names, as PEM.
 */
ca?: string, };

export type ValueView = { 
/**
 * What was read, hexadecimal.
 */
hex: string | null, };

export type WizardView = { 
/**
 * `find`, `connect`, `authorise`, `network`, `password`, `join`, `confirm`, `bind`, `test-print`, `done`, `offline`
 * or `stopped`.
 */
step: string, 
/**
 * Which printer.
 */
device: SetupDeviceView | null, 
/**
 * What stands in the way.
 */
obstacle: ObstacleView | null, 
/**
 * Nothing was found for a while: say how to enter set-up mode.
 */
hint: boolean, 
/**
 * The code of the label is needed.
 */
wantsCode: boolean, 
/**
 * What the printer is.
 */
facts: SetupFactsView | null, 
/**
 * The networks that it sees; `null` when it cannot list them and the name must be typed in.
 */
networks: Array<NetworkView> | null, 
/**
 * The name of the network that the computer is on, where the system tells it and it is text: what a person would
 * type in.
 */
computer: string | null, 
/**
 * It looks for networks now.
 */
listing: boolean, 
/**
 * The network that was chosen.
 */
chosen: ChosenView | null, 
/**
 * `sent`, `trying` or `still-trying`.
 */
joining: string | null, 
/**
 * How many tries the printer has left, where it counts them.
 */
triesLeft: number | null, 
/**
 * How many seconds its button may still be pressed.
 */
pressSeconds: number | null, 
/**
 * It has the password.
 */
sent: boolean, 
/**
 * It was seen on the network: only then it is a success.
 */
confirmed: boolean, 
/**
 * It is bound.
 */
bound: boolean, 
/**
 * Where it said that it is.
 */
address: string | null, 
/**
 * Its serial number, once known.
 */
serial: string | null, 
/**
 * Nothing more will happen.
 */
over: boolean, };

export type WorldAct = "paper-out" | "load-paper" | "overheat" | "cool-down" | "battery-empty" | "charge-battery" | "go-offline" | "come-online";

export type WorldPrinterView = { 
/**
 * Serial number.
 */
sn: string, 
/**
 * Its name on the label.
 */
name: string, 
/**
 * Catalogue id of its model.
 */
model: string, 
/**
 * It prints a verification code when somebody wants to bind it.
 */
wantsCode: boolean, 
/**
 * The code that is on its paper now.
 */
printedCode: string | null, 
/**
 * It is bound to this Platen.
 */
bound: boolean, 
/**
 * What is wrong with it on purpose: `paper-out`, `overheated`, `battery-empty`, `offline`.
 */
faults: Array<string>, };

export type WorldView = { 
/**
 * It runs.
 */
running: boolean, 
/**
 * Its printers.
 */
printers: Array<WorldPrinterView>, };

export type Tag = "printers" | "jobs" | "settings" | "profile" | "world" | "nearby" | "setup" | "strip";

export interface Methods {
  "state.snapshot": { request: Nothing; response: Snapshot };
  "app.doctor": { request: Nothing; response: DoctorView };
  "profile.show": { request: Nothing; response: ProfileView | null };
  "profile.use": { request: UseProfile; response: ProfileView };
  "models.list": { request: Nothing; response: Array<ModelView> };
  "models.own": { request: Nothing; response: OwnModelsView };
  "printers.list": { request: Nothing; response: Array<PrinterView> };
  "printer.show": { request: PrinterRequest; response: PrinterView };
  "printer.state": { request: StateRequest; response: PrinterView };
  "printer.read-code": { request: ReadCode; response: CodeView };
  "printer.bind": { request: BindRequest; response: BindView };
  "printer.change": { request: ChangePrinter; response: PrinterView };
  "printer.unbind": { request: PrinterRequest; response: Nothing };
  "printer.control": { request: ControlRequest; response: ControlView };
  "printer.share": { request: PrinterRequest; response: ShareView };
  "nearby.start": { request: Nothing; response: NearbyView };
  "nearby.stop": { request: Nothing; response: NearbyView };
  "nearby.list": { request: Nothing; response: NearbyView };
  "nearby.blink": { request: DeviceRequest; response: Nothing };
  "nearby.add": { request: AddDevice; response: PrinterView };
  "nearby.ask": { request: AskDevice; response: ReadingsView };
  "nearby.gatt": { request: DeviceRequest; response: TreeView };
  "setup.start": { request: StartSetup; response: WizardView };
  "setup.show": { request: Nothing; response: WizardView | null };
  "setup.answer": { request: SetupAnswer; response: WizardView };
  "setup.cancel": { request: Nothing; response: Nothing };
  "strip.start": { request: DeviceRequest; response: StripView };
  "strip.show": { request: Nothing; response: StripView | null };
  "strip.answer": { request: StripAnswer; response: StripView };
  "strip.cancel": { request: Nothing; response: Nothing };
  "label.read": { request: ReadLabel; response: LabelView };
  "gatt.open": { request: DeviceRequest; response: TreeView };
  "gatt.close": { request: DeviceRequest; response: Nothing };
  "gatt.write": { request: GattWrite; response: ValueView };
  "gatt.read": { request: GattPlace; response: ValueView };
  "gatt.subscribe": { request: GattPlace; response: ValueView };
  "gatt.frames": { request: GattFrames; response: FramesView };
  "trace.start": { request: DeviceRequest; response: Nothing };
  "trace.stop": { request: DeviceRequest; response: TraceView };
  "trace.replay": { request: ReplayTrace; response: ReplayView };
  "document.unlock": { request: UnlockDocument; response: DocumentView };
  "preview.render": { request: RenderPreview; response: PreviewView };
  "print.start": { request: StartPrint; response: JobView };
  "jobs.list": { request: ListJobs; response: Array<JobView> };
  "job.show": { request: JobRequest; response: JobView };
  "job.cancel": { request: JobRequest; response: JobView };
  "job.start": { request: StartJob; response: JobView };
  "job.resolve": { request: ResolveJob; response: JobView };
  "job.again": { request: PrintAgain; response: JobView };
  "settings.show": { request: Nothing; response: SettingsView };
  "settings.change": { request: ChangeSettings; response: SettingsView };
  "world.show": { request: Nothing; response: WorldView | null };
  "world.start": { request: Nothing; response: WorldView };
  "world.act": { request: ActInWorld; response: WorldView };
  "world.paper": { request: PrinterRequest; response: Array<SheetView> };
}

/** What each call makes stale. */
export const CHANGES: Record<keyof Methods, readonly Tag[]> = {
  "state.snapshot": [],
  "app.doctor": [],
  "profile.show": [],
  "profile.use": ["profile"],
  "models.list": [],
  "models.own": [],
  "printers.list": [],
  "printer.show": [],
  "printer.state": ["printers"],
  "printer.read-code": [],
  "printer.bind": ["printers"],
  "printer.change": ["printers"],
  "printer.unbind": ["printers", "jobs"],
  "printer.control": ["printers"],
  "printer.share": [],
  "nearby.start": ["nearby"],
  "nearby.stop": ["nearby"],
  "nearby.list": [],
  "nearby.blink": [],
  "nearby.add": ["printers", "nearby"],
  "nearby.ask": [],
  "nearby.gatt": [],
  "setup.start": ["setup"],
  "setup.show": [],
  "setup.answer": ["setup"],
  "setup.cancel": ["setup"],
  "strip.start": ["strip"],
  "strip.show": [],
  "strip.answer": ["strip", "printers", "nearby"],
  "strip.cancel": ["strip"],
  "label.read": [],
  "gatt.open": [],
  "gatt.close": [],
  "gatt.write": [],
  "gatt.read": [],
  "gatt.subscribe": [],
  "gatt.frames": [],
  "trace.start": [],
  "trace.stop": [],
  "trace.replay": [],
  "document.unlock": [],
  "preview.render": [],
  "print.start": ["jobs"],
  "jobs.list": [],
  "job.show": [],
  "job.cancel": ["jobs"],
  "job.start": ["jobs"],
  "job.resolve": ["jobs"],
  "job.again": ["jobs"],
  "settings.show": [],
  "settings.change": ["settings"],
  "world.show": [],
  "world.start": ["world", "profile"],
  "world.act": ["world"],
  "world.paper": [],
};
