-- Lines of files that are called as no dataset is.
{{ rejected('others') }}
