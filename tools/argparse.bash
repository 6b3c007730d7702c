# Completion in bash of mmaction, and of python tools/... and python demo/...: source tools/argparse.bash
# Made of the parsers by: mmaction tools bash-completion > tools/argparse.bash

_mmaction_words() {
  case "$1" in
    "") echo "data fit report annotate train test infer export features localize detect skeleton browse cam schedule config env doctor tools" ;;
    "data") echo "activitynet anno-txt2json ava ava-kinetics build-audio-features build-file-list build-rawframes build-videos denormalize-proposal-file detection export extract-audio gym hacs hvu import kinetics msrvtt multisports omnisource resize-videos scan skeleton untrimmed video-retrieval" ;;
    "data activitynet") echo "convert-proposal-format download feature-postprocessing generate-rawframes-filelist process-annotations tsn-feature-extraction" ;;
    "data activitynet convert-proposal-format") echo "--help --ann-file --activity-index-file --proposal-file --formatted-proposal-file" ;;
    "data activitynet download") echo "--help --bsn --data-dir --num-jobs" ;;
    "data activitynet feature-postprocessing") echo "--help --rgb --flow --dest --output-format" ;;
    "data activitynet feature-postprocessing --output-format") echo "csv pkl npy" ;;
    "data activitynet generate-rawframes-filelist") echo "--help --data-dir --rawframes --frame-prefix --label-map" ;;
    "data activitynet process-annotations") echo "--help --data-dir" ;;
    "data activitynet tsn-feature-extraction") echo "--help --data-prefix --output-prefix --data-list --frame-interval --modality --ckpt --part --total --device" ;;
    "data activitynet tsn-feature-extraction --modality") echo "RGB Flow" ;;
    "data anno-txt2json") echo "--help --format --output" ;;
    "data anno-txt2json --format") echo "rawframes videos" ;;
    "data ava") echo "download-videos-parallel" ;;
    "data ava download-videos-parallel") echo "--help --num-jobs --num-attempts --mirror" ;;
    "data ava-kinetics") echo "cut-kinetics extract-rgb-frames fetch-proposal merge-annotations prepare-annotation softlink-ava" ;;
    "data ava-kinetics cut-kinetics") echo "--help --avakinetics_anotation --kinetics_list --num_workers --avakinetics_root" ;;
    "data ava-kinetics extract-rgb-frames") echo "--help --avakinetics_root --num_workers" ;;
    "data ava-kinetics fetch-proposal") echo "--help --avakinetics_root --datalist --config --checkpoint --picklepath --num_gpus --detector --device" ;;
    "data ava-kinetics fetch-proposal --detector") echo "rtmlib mmdet" ;;
    "data ava-kinetics merge-annotations") echo "--help --avakinetics_root" ;;
    "data ava-kinetics prepare-annotation") echo "--help --avakinetics_anotation --num_workers --avakinetics_root" ;;
    "data ava-kinetics softlink-ava") echo "--help --ava_root --avakinetics_root" ;;
    "data build-audio-features") echo "--help --level --ext --num-worker --num-workers --part --report-file --window --hop --fft-size" ;;
    "data build-file-list") echo "--help --rgb-prefix --flow-x-prefix --flow-y-prefix --num-split --subset --level --format --out-root-path --ann-root --output-format --seed --shuffle" ;;
    "data build-file-list --subset") echo "train val test" ;;
    "data build-file-list --level") echo "1 2" ;;
    "data build-file-list --format") echo "rawframes videos" ;;
    "data build-file-list --output-format") echo "txt json" ;;
    "data build-rawframes") echo "--help --task --level --num-worker --num-workers --part --report-file --flow-type --flow-bound --flow-name --out-format --ext --mixed-ext --new-width --new-height --new-short --num-gpu --resume --use-opencv --input-frames" ;;
    "data build-rawframes --task") echo "rgb flow both" ;;
    "data build-rawframes --level") echo "1 2" ;;
    "data build-rawframes --flow-type") echo "tvl1 warp_tvl1 farn dis brox" ;;
    "data build-rawframes --out-format") echo "jpg h5 png" ;;
    "data build-videos") echo "--help --fps --level --num-worker --num-workers --part --report-file --in-format --start-idx --filename-tmpl --vcodec --ext --num-gpu --resume" ;;
    "data build-videos --level") echo "1 2" ;;
    "data build-videos --in-format") echo "jpg png" ;;
    "data build-videos --ext") echo "mp4 avi" ;;
    "data denormalize-proposal-file") echo "--help --norm-proposal-file --data-prefix --output" ;;
    "data detection") echo "from-boxes" ;;
    "data detection from-boxes") echo "--help --videos --box-unit --attribute --step --max-gap --classes --val-ratio --val-videos --group-by --seed --model" ;;
    "data detection from-boxes --box-unit") echo "pixels relative" ;;
    "data detection from-boxes --model") echo "r50 small" ;;
    "data export") echo "--help --to --out --into --format --videos --fps --model --min-score" ;;
    "data extract-audio") echo "--help --level --ext --num-worker --num-workers --part --report-file" ;;
    "data extract-audio --level") echo "1 2" ;;
    "data extract-audio --ext") echo "avi mp4 webm" ;;
    "data gym") echo "download generate-file-list trim-event trim-subaction" ;;
    "data gym download") echo "--help --num-jobs" ;;
    "data gym generate-file-list") echo "--help --data-root" ;;
    "data gym trim-event") echo "--help --data-root --num-workers" ;;
    "data gym trim-subaction") echo "--help --data-root --num-workers" ;;
    "data hacs") echo "generate-anotations generate-list write-feature-csv" ;;
    "data hacs generate-anotations") echo "--help --data-root --num-workers" ;;
    "data hacs generate-list") echo "--help --data-root" ;;
    "data hacs write-feature-csv") echo "--help --data-root --out --num-steps" ;;
    "data hvu") echo "download generate-file-list generate-sub-file-list parse-tag-list" ;;
    "data hvu download") echo "--help --trim-format --num-jobs --tmp-dir" ;;
    "data hvu generate-file-list") echo "--help --input_csv --src_dir --output --mode --tag_file" ;;
    "data hvu generate-file-list --mode") echo "frames videos" ;;
    "data hvu generate-sub-file-list") echo "--help" ;;
    "data hvu parse-tag-list") echo "--help --tag-csv --output" ;;
    "data import") echo "--help --videos --out --format --fps --val --test --split-by --seed --rate --attributes --skip-errors" ;;
    "data import --split-by") echo "video subject folder" ;;
    "data kinetics") echo "download" ;;
    "data kinetics download") echo "--help --trim-format --num-jobs --tmp-dir --dataset --split --mirror" ;;
    "data kinetics download --dataset") echo "kinetics400 kinetics600 kinetics700" ;;
    "data kinetics download --split") echo "train val test" ;;
    "data msrvtt") echo "compress" ;;
    "data msrvtt compress") echo "--help --input_root --input_file_list_path --output_root --size --num_workers --fps --file_type" ;;
    "data msrvtt compress --file_type") echo "image video" ;;
    "data multisports") echo "format-det-result parse-anno" ;;
    "data multisports format-det-result") echo "--help --anno-path --frm_out_path --tube_out_path --strict" ;;
    "data multisports parse-anno") echo "--help --data-root --out-root --dump-proposals" ;;
    "data omnisource") echo "trim-raw-video" ;;
    "data omnisource trim-raw-video") echo "--help --keep" ;;
    "data resize-videos") echo "--help --dense --level --remove-dup --ext --mixed-ext --to-mp4 --scale --num-worker --num-workers --part --report-file --resume" ;;
    "data resize-videos --level") echo "1 2" ;;
    "data scan") echo "--help --out --group --val-ratio --test-ratio --seed --split --device --pretrained --overwrite" ;;
    "data scan --device") echo "auto cpu gpu" ;;
    "data skeleton") echo "babel2mma2 check-annotations compress-nturgbd gen-ntu-rgbd-raw ntu-pose-extraction" ;;
    "data skeleton babel2mma2") echo "--help --skeletons --labels --out" ;;
    "data skeleton check-annotations") echo "--help --num-classes --unlabelled --limit" ;;
    "data skeleton compress-nturgbd") echo "--help --src --dst --short-side --num-workers" ;;
    "data skeleton gen-ntu-rgbd-raw") echo "--help --data-path --ignored-sample-path --keep-incomplete --out-folder --task --per-benchmark --num-workers" ;;
    "data skeleton gen-ntu-rgbd-raw --task") echo "ntu120 ntu60" ;;
    "data skeleton ntu-pose-extraction") echo "--help --device --skip-postproc --poses" ;;
    "data untrimmed") echo "concatenate-clips uniform-baseline" ;;
    "data untrimmed concatenate-clips") echo "--help --ann-out --classes --clips-per-video --gap --rounds --size --fps --prefix --seed" ;;
    "data untrimmed uniform-baseline") echo "--help --results --iou" ;;
    "data video-retrieval") echo "prepare-msrvtt prepare-msvd" ;;
    "data video-retrieval prepare-msrvtt") echo "--help --data-root" ;;
    "data video-retrieval prepare-msvd") echo "--help --data-root" ;;
    "fit") echo "--help --out --task --features --weights --model --step-sec --epochs --lr --seed --cache --overwrite --device --batch-size --dtype --compile" ;;
    "fit --task") echo "auto clips frames events boxes" ;;
    "fit --model") echo "auto linear attentive mstcnpp asformer actionformer" ;;
    "fit --dtype") echo "fp32 bf16 fp16" ;;
    "report") echo "--help --out --to --next --unlabeled --clips --errors --suggestions" ;;
    "annotate") echo "--help --model --to --out --into --min-score --min-sec --cache --device --compile" ;;
    "train") echo "--help --work-dir --resume --amp --compile --no-validate --auto-scale-lr --seed --diff-rank-seed --deterministic --validate --test-last --test-best --resume-from --gpus --gpu-ids --device --diff-seed --cfg-options --launcher --local_rank --local-rank" ;;
    "train --device") echo "cpu cuda" ;;
    "train --launcher") echo "none pytorch slurm mpi" ;;
    "test") echo "--help --work-dir --dump --show-dir --show --interval --wait-time --out --eval --eval-options --options --average-clips --fuse-conv-bn --gpu-collect --tmpdir --onnx --tensorrt --cfg-options --launcher --local_rank --local-rank" ;;
    "test --average-clips") echo "score prob" ;;
    "test --launcher") echo "none pytorch slurm mpi" ;;
    "infer") echo "--help --vid-out-dir --rec --rec-weights --label-file --device --dtype --compile --batch-size --show --print-result --pred-out-file --labels --template --vocab --num-frames" ;;
    "infer --dtype") echo "fp32 bf16 fp16" ;;
    "export") echo "--help --show --output-file --opset-version --verify --is-localizer --shape --softmax --dynamic-export --int8 --cfg-options" ;;
    "features") echo "--help --video-list --video-root --spatial-type --temporal-type --long-video-mode --clip-interval --frame-interval --clip-len --multi-view --dump-score --format --cache --batch-size --device --dtype --compile --cfg-options --launcher --local_rank --local-rank --out --fuse-conv-bn --gpu-collect --tmpdir" ;;
    "features --spatial-type") echo "avg max keep" ;;
    "features --temporal-type") echo "avg max keep" ;;
    "features --format") echo "pkl npy csv npz" ;;
    "features --dtype") echo "fp32 bf16 fp16" ;;
    "features --launcher") echo "none pytorch slurm mpi" ;;
    "localize") echo "--help --out --recognizer --recognizer-options --localizer --classifier --classes --features --gt --clip-interval --frame-interval --clip-len --max-segments --min-score --draw-share --no-video --batch-size --device --dtype --compile" ;;
    "localize --dtype") echo "fp32 bf16 fp16" ;;
    "detect") echo "--help --config --checkpoint --out --no-video --boxes --boxes-name --boxes-start --boxes-fps --detector --det-config --det-checkpoint --det-score-thr --det-cat-id --detect-stepsize --label-map --action-score-thr --topk --file-score-thr --predict-stepsize --output-stepsize --output-fps --short-side --fps --batch-size --device --dtype --compile --cfg-options" ;;
    "detect --detector") echo "moving rtmlib mmdet" ;;
    "detect --dtype") echo "fp32 bf16 fp16" ;;
    "skeleton") echo "--help --config --checkpoint --poses --poses-name --save-poses --det-config --det-checkpoint --det-score-thr --det-cat-id --pose-config --pose-checkpoint --pose-score-thr --label-map --device --dtype --compile --short-side --cfg-options" ;;
    "skeleton --dtype") echo "fp32 bf16 fp16" ;;
    "browse") echo "--help --label --phase --show-number --fps --mode --rescale-factor --cfg-options" ;;
    "browse --phase") echo "train test val" ;;
    "browse -p") echo "train test val" ;;
    "browse --mode") echo "original transformed concat pipeline" ;;
    "browse -m") echo "original transformed concat pipeline" ;;
    "cam") echo "--help --use-frames --device --target-layer-name --out-filename --fps --cfg-options --target-resolution --resize-algorithm" ;;
    "cam --resize-algorithm") echo "nearest bilinear bicubic area lanczos" ;;
    "schedule") echo "--help --parameter --dataset-size --ngpus --save-path --log-level --title --style --not-show --window-size --cfg-options" ;;
    "schedule -p") echo "lr momentum" ;;
    "schedule --parameter") echo "lr momentum" ;;
    "schedule --log-level") echo "DEBUG INFO WARNING ERROR CRITICAL" ;;
    "config") echo "migrate" ;;
    "config migrate") echo "--help --force" ;;
    "env") echo "--help" ;;
    "doctor") echo "--help --install --data-root --classes --num-classes --group --jobs --json --clean --resume --samples --limit --cfg-options" ;;
    "tools") echo "analyze-logs bash-completion bench-processing benchmark bsn-proposal-generation check-videos confusion-matrix demo demo-audio demo-stdet demo-stdet-onnx demo-structuralize demo-webcam-stdet export-onnx-gcn export-onnx-posec3d export-onnx-stdet eval-metric flow-extraction get-flops long-video-demo mmaction2torchserve publish-model reparameterize-model report-accuracy report-map webcam-demo" ;;
    "tools analyze-logs") echo "--help plot_curve cal_train_time" ;;
    "tools analyze-logs plot-curve") echo "--help --keys --title --legend --backend --style --out" ;;
    "tools analyze-logs cal-train-time") echo "--help --include-outliers" ;;
    "tools bash-completion") echo "--help" ;;
    "tools bench-processing") echo "--help --phase --number --cfg-options" ;;
    "tools bench-processing --phase") echo "train val test" ;;
    "tools benchmark") echo "--help --log-interval --fuse-conv-bn --max-batches --device --cfg-options" ;;
    "tools bsn-proposal-generation") echo "--help --mode" ;;
    "tools bsn-proposal-generation --mode") echo "train test" ;;
    "tools check-videos") echo "--help --cfg-options --options --output-file --split --decoder --nproc --num-processes --remove-corrupted-videos" ;;
    "tools check-videos --split") echo "train val test" ;;
    "tools check-videos --decoder") echo "decord opencv pyav" ;;
    "tools confusion-matrix") echo "--help --out --show --show-path --include-values --label-file --target-classes --cmap --cfg-options" ;;
    "tools demo") echo "--help --cfg-options --device --dtype --compile --fps --font-scale --font-color --target-resolution --resize-algorithm --use-frames --out-filename" ;;
    "tools demo --dtype") echo "fp32 bf16 fp16" ;;
    "tools demo --resize-algorithm") echo "nearest bilinear bicubic area lanczos" ;;
    "tools demo-audio") echo "--help --cfg-options --device --dtype --compile" ;;
    "tools demo-audio --dtype") echo "fp32 bf16 fp16" ;;
    "tools demo-stdet") echo "--help --video --out-filename --config --checkpoint --dtype --compile --det-config --det-checkpoint --det-score-thr --det-cat-id --boxes --boxes-name --boxes-start --boxes-fps --detector --detect-stepsize --label-map --action-score-thr --topk --file-score-thr --device --short-side --predict-stepsize --output-stepsize --output-fps --json --csv --cfg-options" ;;
    "tools demo-stdet --dtype") echo "fp32 bf16 fp16" ;;
    "tools demo-stdet --detector") echo "moving rtmlib mmdet" ;;
    "tools demo-stdet-onnx") echo "--help --video --out-filename --config --onnx-file --det-config --det-checkpoint --det-score-thr --det-cat-id --boxes --boxes-name --boxes-start --boxes-fps --detector --detect-stepsize --label-map --action-score-thr --topk --file-score-thr --device --short-side --predict-stepsize --output-stepsize --output-fps --json --csv --cfg-options" ;;
    "tools demo-stdet-onnx --detector") echo "moving rtmlib mmdet" ;;
    "tools demo-structuralize") echo "--help --rgb-stdet-config --rgb-stdet-checkpoint --skeleton-stdet-checkpoint --det-config --det-checkpoint --det-score-thr --boxes --boxes-name --boxes-start --boxes-fps --detector --pose-config --pose-checkpoint --poses --skeleton-config --skeleton-checkpoint --rgb-config --rgb-checkpoint --use-skeleton-stdet --use-skeleton-recog --action-score-thr --video --label-map-stdet --label-map --device --dtype --compile --out-filename --predict-stepsize --output-stepsize --output-fps --cfg-options" ;;
    "tools demo-structuralize --detector") echo "moving rtmlib mmdet" ;;
    "tools demo-structuralize --dtype") echo "fp32 bf16 fp16" ;;
    "tools demo-webcam-stdet") echo "--help --config --checkpoint --action-score-thr --det-config --det-checkpoint --det-score-thr --boxes-fps --detector --input-video --label-map --device --dtype --compile --output-fps --out-filename --show --display-height --display-width --predict-stepsize --clip-vis-length --cfg-options" ;;
    "tools demo-webcam-stdet --detector") echo "moving rtmlib mmdet" ;;
    "tools demo-webcam-stdet --dtype") echo "fp32 bf16 fp16" ;;
    "tools export-onnx-gcn") echo "--help --num_frames --num-frames --num_joints --num-joints --device --output_file --output-file --num_person --num-person" ;;
    "tools export-onnx-posec3d") echo "--help --num_frames --num-frames --num_joints --num-joints --device --output_file --output-file --image_size --image-size" ;;
    "tools export-onnx-stdet") echo "--help --num_frames --num-frames --shape --device --output_file --output-file --cfg-options" ;;
    "tools eval-metric") echo "--help --cfg-options --eval --eval-options" ;;
    "tools flow-extraction") echo "--help --input --prefix --dest --save-rgb --rgb-tmpl --flow-tmpl --start-idx --method --bound" ;;
    "tools flow-extraction --method") echo "tvl1 warp_tvl1 farn farneback dis" ;;
    "tools get-flops") echo "--help --shape --depth --cfg-options" ;;
    "tools long-video-demo") echo "--help --input-step --device --dtype --compile --threshold --stride --cfg-options --label-color --msg-color" ;;
    "tools long-video-demo --dtype") echo "fp32 bf16 fp16" ;;
    "tools mmaction2torchserve") echo "--help --output-folder --model-name --label-file --model-version --force" ;;
    "tools publish-model") echo "--help" ;;
    "tools reparameterize-model") echo "--help" ;;
    "tools report-accuracy") echo "--help --preds --coefficients --apply-softmax --multi-label --scores --datalist" ;;
    "tools report-map") echo "--help --proposal --gt --cls --det-output" ;;
    "tools webcam-demo") echo "--help --device --dtype --compile --camera-id --threshold --average-size --drawing-fps --inference-fps --out --max-frames --cfg-options" ;;
    "tools webcam-demo --dtype") echo "fp32 bf16 fp16" ;;
  esac
}

_mmaction_script() {
  case "$1" in
    "demo/demo.py" | */"demo/demo.py") echo "tools demo" ;;
    "demo/demo_audio.py" | */"demo/demo_audio.py") echo "tools demo-audio" ;;
    "demo/demo_gradcam.py" | */"demo/demo_gradcam.py") echo "cam" ;;
    "demo/demo_inferencer.py" | */"demo/demo_inferencer.py") echo "infer" ;;
    "demo/demo_localization.py" | */"demo/demo_localization.py") echo "localize" ;;
    "demo/demo_skeleton.py" | */"demo/demo_skeleton.py") echo "skeleton" ;;
    "demo/demo_spatiotemporal_det.py" | */"demo/demo_spatiotemporal_det.py") echo "tools demo-stdet" ;;
    "demo/demo_spatiotemporal_det_onnx.py" | */"demo/demo_spatiotemporal_det_onnx.py") echo "tools demo-stdet-onnx" ;;
    "demo/demo_video_structuralize.py" | */"demo/demo_video_structuralize.py") echo "tools demo-structuralize" ;;
    "demo/long_video_demo.py" | */"demo/long_video_demo.py") echo "tools long-video-demo" ;;
    "demo/webcam_demo.py" | */"demo/webcam_demo.py") echo "tools webcam-demo" ;;
    "demo/webcam_demo_spatiotemporal_det.py" | */"demo/webcam_demo_spatiotemporal_det.py") echo "tools demo-webcam-stdet" ;;
    "tools/analysis/analyze_logs.py" | */"tools/analysis/analyze_logs.py") echo "tools analyze-logs" ;;
    "tools/analysis/bench_processing.py" | */"tools/analysis/bench_processing.py") echo "tools bench-processing" ;;
    "tools/analysis/benchmark.py" | */"tools/analysis/benchmark.py") echo "tools benchmark" ;;
    "tools/analysis/check_videos.py" | */"tools/analysis/check_videos.py") echo "tools check-videos" ;;
    "tools/analysis/eval_metric.py" | */"tools/analysis/eval_metric.py") echo "tools eval-metric" ;;
    "tools/analysis/get_flops.py" | */"tools/analysis/get_flops.py") echo "tools get-flops" ;;
    "tools/analysis/print_config.py" | */"tools/analysis/print_config.py") echo "config" ;;
    "tools/analysis/report_accuracy.py" | */"tools/analysis/report_accuracy.py") echo "tools report-accuracy" ;;
    "tools/analysis/report_map.py" | */"tools/analysis/report_map.py") echo "tools report-map" ;;
    "tools/analysis_tools/analyze_logs.py" | */"tools/analysis_tools/analyze_logs.py") echo "tools analyze-logs" ;;
    "tools/analysis_tools/bench_processing.py" | */"tools/analysis_tools/bench_processing.py") echo "tools bench-processing" ;;
    "tools/analysis_tools/benchmark.py" | */"tools/analysis_tools/benchmark.py") echo "tools benchmark" ;;
    "tools/analysis_tools/check_videos.py" | */"tools/analysis_tools/check_videos.py") echo "tools check-videos" ;;
    "tools/analysis_tools/confusion_matrix.py" | */"tools/analysis_tools/confusion_matrix.py") echo "tools confusion-matrix" ;;
    "tools/analysis_tools/eval_metric.py" | */"tools/analysis_tools/eval_metric.py") echo "tools eval-metric" ;;
    "tools/analysis_tools/get_flops.py" | */"tools/analysis_tools/get_flops.py") echo "tools get-flops" ;;
    "tools/analysis_tools/print_config.py" | */"tools/analysis_tools/print_config.py") echo "config" ;;
    "tools/analysis_tools/report_accuracy.py" | */"tools/analysis_tools/report_accuracy.py") echo "tools report-accuracy" ;;
    "tools/analysis_tools/report_map.py" | */"tools/analysis_tools/report_map.py") echo "tools report-map" ;;
    "tools/convert/convert_recognizer.py" | */"tools/convert/convert_recognizer.py") echo "config migrate" ;;
    "tools/convert/reparameterize_model.py" | */"tools/convert/reparameterize_model.py") echo "tools reparameterize-model" ;;
    "tools/data/activitynet/activitynet_feature_postprocessing.py" | */"tools/data/activitynet/activitynet_feature_postprocessing.py") echo "data activitynet feature-postprocessing" ;;
    "tools/data/activitynet/convert_proposal_format.py" | */"tools/data/activitynet/convert_proposal_format.py") echo "data activitynet convert-proposal-format" ;;
    "tools/data/activitynet/download.py" | */"tools/data/activitynet/download.py") echo "data activitynet download" ;;
    "tools/data/activitynet/generate_rawframes_filelist.py" | */"tools/data/activitynet/generate_rawframes_filelist.py") echo "data activitynet generate-rawframes-filelist" ;;
    "tools/data/activitynet/process_annotations.py" | */"tools/data/activitynet/process_annotations.py") echo "data activitynet process-annotations" ;;
    "tools/data/activitynet/tsn_feature_extraction.py" | */"tools/data/activitynet/tsn_feature_extraction.py") echo "data activitynet tsn-feature-extraction" ;;
    "tools/data/anno_txt2json.py" | */"tools/data/anno_txt2json.py") echo "data anno-txt2json" ;;
    "tools/data/ava/download_videos_parallel.py" | */"tools/data/ava/download_videos_parallel.py") echo "data ava download-videos-parallel" ;;
    "tools/data/ava_kinetics/cut_kinetics.py" | */"tools/data/ava_kinetics/cut_kinetics.py") echo "data ava-kinetics cut-kinetics" ;;
    "tools/data/ava_kinetics/extract_rgb_frames.py" | */"tools/data/ava_kinetics/extract_rgb_frames.py") echo "data ava-kinetics extract-rgb-frames" ;;
    "tools/data/ava_kinetics/fetch_proposal.py" | */"tools/data/ava_kinetics/fetch_proposal.py") echo "data ava-kinetics fetch-proposal" ;;
    "tools/data/ava_kinetics/merge_annotations.py" | */"tools/data/ava_kinetics/merge_annotations.py") echo "data ava-kinetics merge-annotations" ;;
    "tools/data/ava_kinetics/prepare_annotation.py" | */"tools/data/ava_kinetics/prepare_annotation.py") echo "data ava-kinetics prepare-annotation" ;;
    "tools/data/ava_kinetics/softlink_ava.py" | */"tools/data/ava_kinetics/softlink_ava.py") echo "data ava-kinetics softlink-ava" ;;
    "tools/data/build_audio_features.py" | */"tools/data/build_audio_features.py") echo "data build-audio-features" ;;
    "tools/data/build_file_list.py" | */"tools/data/build_file_list.py") echo "data build-file-list" ;;
    "tools/data/build_rawframes.py" | */"tools/data/build_rawframes.py") echo "data build-rawframes" ;;
    "tools/data/build_videos.py" | */"tools/data/build_videos.py") echo "data build-videos" ;;
    "tools/data/denormalize_proposal_file.py" | */"tools/data/denormalize_proposal_file.py") echo "data denormalize-proposal-file" ;;
    "tools/data/detection/from_boxes.py" | */"tools/data/detection/from_boxes.py") echo "data detection from-boxes" ;;
    "tools/data/extract_audio.py" | */"tools/data/extract_audio.py") echo "data extract-audio" ;;
    "tools/data/gym/download.py" | */"tools/data/gym/download.py") echo "data gym download" ;;
    "tools/data/gym/generate_file_list.py" | */"tools/data/gym/generate_file_list.py") echo "data gym generate-file-list" ;;
    "tools/data/gym/trim_event.py" | */"tools/data/gym/trim_event.py") echo "data gym trim-event" ;;
    "tools/data/gym/trim_subaction.py" | */"tools/data/gym/trim_subaction.py") echo "data gym trim-subaction" ;;
    "tools/data/hacs/generate_anotations.py" | */"tools/data/hacs/generate_anotations.py") echo "data hacs generate-anotations" ;;
    "tools/data/hacs/generate_list.py" | */"tools/data/hacs/generate_list.py") echo "data hacs generate-list" ;;
    "tools/data/hacs/write_feature_csv.py" | */"tools/data/hacs/write_feature_csv.py") echo "data hacs write-feature-csv" ;;
    "tools/data/hvu/download.py" | */"tools/data/hvu/download.py") echo "data hvu download" ;;
    "tools/data/hvu/generate_file_list.py" | */"tools/data/hvu/generate_file_list.py") echo "data hvu generate-file-list" ;;
    "tools/data/hvu/generate_sub_file_list.py" | */"tools/data/hvu/generate_sub_file_list.py") echo "data hvu generate-sub-file-list" ;;
    "tools/data/hvu/parse_tag_list.py" | */"tools/data/hvu/parse_tag_list.py") echo "data hvu parse-tag-list" ;;
    "tools/data/kinetics/download.py" | */"tools/data/kinetics/download.py") echo "data kinetics download" ;;
    "tools/data/msrvtt/compress.py" | */"tools/data/msrvtt/compress.py") echo "data msrvtt compress" ;;
    "tools/data/multisports/format_det_result.py" | */"tools/data/multisports/format_det_result.py") echo "data multisports format-det-result" ;;
    "tools/data/multisports/parse_anno.py" | */"tools/data/multisports/parse_anno.py") echo "data multisports parse-anno" ;;
    "tools/data/omnisource/trim_raw_video.py" | */"tools/data/omnisource/trim_raw_video.py") echo "data omnisource trim-raw-video" ;;
    "tools/data/resize_videos.py" | */"tools/data/resize_videos.py") echo "data resize-videos" ;;
    "tools/data/skeleton/babel2mma2.py" | */"tools/data/skeleton/babel2mma2.py") echo "data skeleton babel2mma2" ;;
    "tools/data/skeleton/check_annotations.py" | */"tools/data/skeleton/check_annotations.py") echo "data skeleton check-annotations" ;;
    "tools/data/skeleton/compress_nturgbd.py" | */"tools/data/skeleton/compress_nturgbd.py") echo "data skeleton compress-nturgbd" ;;
    "tools/data/skeleton/gen_ntu_rgbd_raw.py" | */"tools/data/skeleton/gen_ntu_rgbd_raw.py") echo "data skeleton gen-ntu-rgbd-raw" ;;
    "tools/data/skeleton/ntu_pose_extraction.py" | */"tools/data/skeleton/ntu_pose_extraction.py") echo "data skeleton ntu-pose-extraction" ;;
    "tools/data/untrimmed/concatenate_clips.py" | */"tools/data/untrimmed/concatenate_clips.py") echo "data untrimmed concatenate-clips" ;;
    "tools/data/untrimmed/uniform_baseline.py" | */"tools/data/untrimmed/uniform_baseline.py") echo "data untrimmed uniform-baseline" ;;
    "tools/data/video_retrieval/prepare_msrvtt.py" | */"tools/data/video_retrieval/prepare_msrvtt.py") echo "data video-retrieval prepare-msrvtt" ;;
    "tools/data/video_retrieval/prepare_msvd.py" | */"tools/data/video_retrieval/prepare_msvd.py") echo "data video-retrieval prepare-msvd" ;;
    "tools/deployment/export_onnx_gcn.py" | */"tools/deployment/export_onnx_gcn.py") echo "tools export-onnx-gcn" ;;
    "tools/deployment/export_onnx_posec3d.py" | */"tools/deployment/export_onnx_posec3d.py") echo "tools export-onnx-posec3d" ;;
    "tools/deployment/export_onnx_stdet.py" | */"tools/deployment/export_onnx_stdet.py") echo "tools export-onnx-stdet" ;;
    "tools/deployment/mmaction2torchserve.py" | */"tools/deployment/mmaction2torchserve.py") echo "tools mmaction2torchserve" ;;
    "tools/deployment/publish_model.py" | */"tools/deployment/publish_model.py") echo "tools publish-model" ;;
    "tools/deployment/pytorch2onnx.py" | */"tools/deployment/pytorch2onnx.py") echo "export" ;;
    "tools/misc/bsn_proposal_generation.py" | */"tools/misc/bsn_proposal_generation.py") echo "tools bsn-proposal-generation" ;;
    "tools/misc/clip_feature_extraction.py" | */"tools/misc/clip_feature_extraction.py") echo "features" ;;
    "tools/misc/flow_extraction.py" | */"tools/misc/flow_extraction.py") echo "tools flow-extraction" ;;
    "tools/test.py" | */"tools/test.py") echo "test" ;;
    "tools/train.py" | */"tools/train.py") echo "train" ;;
    "tools/visualizations/browse_dataset.py" | */"tools/visualizations/browse_dataset.py") echo "browse" ;;
    "tools/visualizations/vis_cam.py" | */"tools/visualizations/vis_cam.py") echo "cam" ;;
    "tools/visualizations/vis_scheduler.py" | */"tools/visualizations/vis_scheduler.py") echo "schedule" ;;
  esac
}

# $1: the command so far, $2: index of the first word after it
_mmaction_reply() {
  local command=$1 i word words
  for ((i = $2; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]//_/-}
    words=$(_mmaction_words "${command:+$command }$word")
    [[ $word == -* || -z $words ]] && break
    command="${command:+$command }$word"
  done
  words=$(_mmaction_words "$command ${COMP_WORDS[COMP_CWORD - 1]}")
  [[ ${COMP_WORDS[COMP_CWORD - 1]} == -* && -n $words ]] || words=$(_mmaction_words "$command")
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}")
}

_mmaction() {
  _mmaction_reply "" 1
}

_mmaction_python() {
  local command
  command=$(_mmaction_script "${COMP_WORDS[1]#./}")
  [[ -n $command && $COMP_CWORD -gt 1 ]] && _mmaction_reply "$command" 2
}

complete -o default -F _mmaction mmaction
complete -o default -F _mmaction_python python python3
