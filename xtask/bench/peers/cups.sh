# A PDF to PWG raster by the filters of CUPS: cups.sh PDF OUT
set -e -o pipefail
filters=/usr/lib/cups/filter
ppd=$(mktemp)
trap 'rm -f "$ppd"' EXIT
# The least that the filters ask of a printer's description.
cat > "$ppd" <<'PPD'
*PPD-Adobe: "4.3"
*FormatVersion: "4.3"
*LanguageEncoding: ISOLatin1
*LanguageVersion: English
*Manufacturer: "Bench"
*ModelName: "Bench"
*NickName: "Bench"
*PCFileName: "BENCH.PPD"
*Product: "(Bench)"
*PSVersion: "(3010.000) 0"
*ColorDevice: False
*DefaultColorSpace: Gray
*cupsFilter2: "application/pdf image/pwg-raster 100 -"
*OpenUI *PageSize/Size: PickOne
*DefaultPageSize: A4
*PageSize A4/A4: "<</PageSize[595 842]>>setpagedevice"
*CloseUI: *PageSize
*OpenUI *PageRegion: PickOne
*DefaultPageRegion: A4
*PageRegion A4/A4: "<</PageSize[595 842]>>setpagedevice"
*CloseUI: *PageRegion
*DefaultImageableArea: A4
*ImageableArea A4/A4: "0 0 595 842"
*DefaultPaperDimension: A4
*PaperDimension A4/A4: "595 842"
*OpenUI *Resolution: PickOne
*DefaultResolution: 300dpi
*Resolution 300dpi/300: "<</HWResolution[300 300]/cupsBitsPerColor 1/cupsColorSpace 3>>setpagedevice"
*CloseUI: *Resolution
PPD
export PPD=$ppd FINAL_CONTENT_TYPE=image/pwg-raster CONTENT_TYPE=application/pdf
"$filters/pdftopdf" 1 bench bench 1 "" "$1" | "$filters/gstoraster" 1 bench bench 1 "" > "$2"
