//! One function for each command of the list, of the same name.
#![expect(
    clippy::unnecessary_wraps,
    reason = "every command answers in the same way, also those that cannot fail today"
)]

use fault::Fault;

use crate::{desk::Desk, wire::*};

pub(crate) fn hello(desk: &Desk, _request: Empty) -> Result<Hello, Fault> {
    let opened = desk.opened();
    let hello = opened.workstation.hello()?;
    Ok(Hello {
        opening: opened.number,
        version: hello.version,
        host: desk.host,
        lake: hello.lake.into(),
        person: hello.person.into(),
        presenter: desk.presenter(),
        undo: hello.undo.into(),
        demo_asset: hello.demo_asset,
        refused: desk.refused(),
        not_come_back: opened.workstation.not_come_back().map(Into::into),
    })
}

pub(crate) fn assets(desk: &Desk, request: AssetsRequest) -> Result<Assets, Fault> {
    desk.workstation().library(&request.into()).map(Into::into)
}

pub(crate) fn asset(desk: &Desk, request: AssetRequest) -> Result<AssetDetail, Fault> {
    desk.workstation().asset(&request.asset).map(Into::into)
}

pub(crate) fn proposals(desk: &Desk, request: ProposalsRequest) -> Result<Proposals, Fault> {
    desk.workstation().proposals(&request.into()).map(Into::into)
}

pub(crate) fn listing(desk: &Desk, request: ProposalsRequest) -> Result<Listing, Fault> {
    let query = workstation::ProposalQuery {
        since: None,
        ..request.into()
    };
    desk.workstation().proposals(&query).map(Into::into)
}

pub(crate) fn provenance(desk: &Desk, request: ProvenanceRequest) -> Result<Provenance, Fault> {
    desk.workstation().provenance(&request.proposal).map(Into::into)
}

pub(crate) fn preview(desk: &Desk, request: PreviewRequest) -> Result<Preview, Fault> {
    desk.workstation().preview(&request.filter.into()).map(Into::into)
}

pub(crate) fn decide(desk: &Desk, request: Decide) -> Result<Decided, Fault> {
    desk.workstation().decide(&request.into()).map(Into::into)
}

pub(crate) fn undo(desk: &Desk, _request: Empty) -> Result<Undone, Fault> {
    desk.workstation().undo().map(Into::into)
}

pub(crate) fn redo(desk: &Desk, _request: Empty) -> Result<Undone, Fault> {
    desk.workstation().redo().map(Into::into)
}

pub(crate) fn history(desk: &Desk, _request: Empty) -> Result<Steps, Fault> {
    desk.workstation().history().map(Into::into)
}

pub(crate) fn markers(desk: &Desk, request: AssetRequest) -> Result<Markers, Fault> {
    let markers = desk.workstation().markers(&request.asset)?;
    Ok(Markers {
        markers: markers.into_iter().map(Into::into).collect(),
    })
}

pub(crate) fn put_marker(desk: &Desk, request: PutMarker) -> Result<Marked, Fault> {
    desk.workstation().put_marker(&request.into()).map(Into::into)
}

pub(crate) fn edit_marker(desk: &Desk, request: EditMarker) -> Result<Marked, Fault> {
    desk.workstation().edit_marker(&request.into()).map(Into::into)
}

pub(crate) fn remove_marker(desk: &Desk, request: MarkerRequest) -> Result<Unmarked, Fault> {
    let undo = desk.workstation().remove_marker(&request.marker)?;
    Ok(Unmarked { undo: undo.into() })
}

pub(crate) fn comments(desk: &Desk, request: AssetRequest) -> Result<Comments, Fault> {
    desk.workstation().comments(&request.asset).map(Into::into)
}

pub(crate) fn put_comment(desk: &Desk, request: PutComment) -> Result<Commented, Fault> {
    desk.workstation().put_comment(&request.into()).map(Into::into)
}

pub(crate) fn answer_comment(desk: &Desk, request: AnswerComment) -> Result<Commented, Fault> {
    desk.workstation().answer_comment(&request.into()).map(Into::into)
}

pub(crate) fn edit_comment(desk: &Desk, request: EditComment) -> Result<Commented, Fault> {
    desk.workstation().edit_comment(&request.into()).map(Into::into)
}

pub(crate) fn remove_comment(desk: &Desk, request: CommentRequest) -> Result<Commented, Fault> {
    desk.workstation()
        .remove_comment(&request.comment)
        .map(Into::into)
}

pub(crate) fn resolve_comments(desk: &Desk, request: ResolveComments) -> Result<Commented, Fault> {
    let ResolveComments { comment, resolved } = request;
    desk.workstation()
        .resolve_comments(&comment, resolved)
        .map(Into::into)
}

pub(crate) fn jobs(desk: &Desk, _request: Empty) -> Result<Jobs, Fault> {
    Ok(Jobs {
        jobs: desk.workstation().jobs()?.into_iter().map(Into::into).collect(),
    })
}

pub(crate) fn cancel_job(desk: &Desk, request: JobRequest) -> Result<Empty, Fault> {
    desk.workstation().cancel_job(&request.id).map(|_job| Empty {})
}

pub(crate) fn retry_job(desk: &Desk, request: JobRequest) -> Result<Empty, Fault> {
    desk.workstation().retry_job(&request.id).map(|_job| Empty {})
}

pub(crate) fn forget_job(desk: &Desk, request: JobRequest) -> Result<Empty, Fault> {
    desk.workstation().forget_job(&request.id).map(|()| Empty {})
}

pub(crate) fn analyze(desk: &Desk, request: Analyze) -> Result<Started, Fault> {
    let kinds = request.kinds.unwrap_or_default();
    desk.workstation()
        .analyze(&request.asset, &kinds)
        .map(|jobs| Started { jobs })
}

pub(crate) fn engines(desk: &Desk, _request: Empty) -> Result<Engines, Fault> {
    Ok(Engines {
        engines: desk.workstation().engines().into_iter().map(Into::into).collect(),
    })
}

pub(crate) fn doctor(desk: &Desk, _request: Empty) -> Result<Checks, Fault> {
    let checks = desk
        .workstation()
        .doctor(vec![desk.contents.check(), desk.contents.check_letters()]);
    Ok(Checks {
        checks: checks.into_iter().map(Into::into).collect(),
    })
}

pub(crate) fn settings(desk: &Desk, _request: Empty) -> Result<Settings, Fault> {
    Ok(desk.workstation().settings().into())
}

pub(crate) fn set_settings(desk: &Desk, request: SettingsChange) -> Result<Settings, Fault> {
    desk.workstation().set_settings(&request.patch()).map(Into::into)
}

pub(crate) fn lake_state(desk: &Desk, _request: Empty) -> Result<LakeState, Fault> {
    desk.workstation().lake_state().map(Into::into)
}

pub(crate) fn try_lake(desk: &Desk, _request: Empty) -> Result<Empty, Fault> {
    desk.workstation().try_lake_now().map(|()| Empty {})
}

pub(crate) fn lakes(desk: &Desk, _request: Empty) -> Result<KnownLakes, Fault> {
    let workstation = desk.workstation();
    let open = workstation.lake_id();
    let lakes = workstation.known_lakes()?;
    Ok(KnownLakes {
        lakes: lakes.into_iter().map(|lake| KnownLake::of(lake, &open)).collect(),
    })
}

pub(crate) fn open_lake(desk: &Desk, request: LakeRequest) -> Result<Empty, Fault> {
    desk.open_known_lake(&request.id).map(|()| Empty {})
}

pub(crate) fn forget_lake(desk: &Desk, request: LakeRequest) -> Result<Empty, Fault> {
    desk.workstation().forget_lake(&request.id).map(|()| Empty {})
}

pub(crate) fn read_lake(desk: &Desk, request: LakeAddress) -> Result<LakeRead, Fault> {
    desk.read_lake(&request)
}

pub(crate) fn aws_profiles(_desk: &Desk, _request: Empty) -> Result<Profiles, Fault> {
    Ok(Profiles {
        profiles: workstation::profiles(),
    })
}

pub(crate) fn sign_in(desk: &Desk, request: SignInRequest) -> Result<SignInState, Fault> {
    desk.begin_visit(&request.lake, request.choice.into(), request.anew)?;
    Ok(desk.visit_state())
}

pub(crate) fn sign_in_state(desk: &Desk, _request: Empty) -> Result<SignInState, Fault> {
    Ok(desk.visit_state())
}

pub(crate) fn answer_sign_in(desk: &Desk, request: SignInAnswer) -> Result<Empty, Fault> {
    desk.answer_visit(request).map(|()| Empty {})
}

pub(crate) fn end_sign_in(desk: &Desk, _request: Empty) -> Result<Empty, Fault> {
    desk.visiting.end();
    Ok(Empty {})
}

pub(crate) fn lake_outlook(desk: &Desk, request: LakeAddress) -> Result<LakeOutlook, Fault> {
    desk.outlook(&request)
}

pub(crate) fn connect_lake(desk: &Desk, request: LakeAddress) -> Result<Empty, Fault> {
    desk.connect(&request).map(|()| Empty {})
}

pub(crate) fn open_errand(desk: &Desk, _request: Empty) -> Result<Empty, Fault> {
    let window = desk.window()?;
    window.open_page(&desk.errand_address()?).map(|()| Empty {})
}

pub(crate) fn keep_asset(desk: &Desk, request: KeepAsset) -> Result<Empty, Fault> {
    let asset = desk.workstation().resolve_asset(&request.asset)?;
    desk.workstation().pin(asset, request.keep).map(|()| Empty {})
}

pub(crate) fn bring_asset(desk: &Desk, request: BringAsset) -> Result<Empty, Fault> {
    let asset = desk.workstation().resolve_asset(&request.asset)?;
    desk.workstation()
        .bring(asset, request.original)
        .map(|()| Empty {})
}

pub(crate) fn keymap(desk: &Desk, _request: Empty) -> Result<Keymap, Fault> {
    Ok(desk.workstation().keymap().into())
}

pub(crate) fn set_keymap(desk: &Desk, request: KeymapChange) -> Result<Keymap, Fault> {
    let preset = request.preset.map(Preset::as_str);
    desk.workstation()
        .set_keymap(preset, request.bindings.as_ref())
        .map(Into::into)
}

pub(crate) fn export(desk: &Desk, request: ExportRequest) -> Result<Exported, Fault> {
    desk.workstation()
        .export(&request.asset, request.what.into(), request.to.into())
        .map(Into::into)
}

pub(crate) fn import_cues(desk: &Desk, request: ImportCues) -> Result<ImportedCues, Fault> {
    let ImportCues {
        asset,
        file_name,
        text,
    } = request;
    desk.workstation()
        .import_cues(&asset, &file_name, text.as_bytes())
        .map(Into::into)
}

pub(crate) fn timeline(desk: &Desk, request: TimelineRequest) -> Result<TimelineLayout, Fault> {
    let drawn = desk.drawn(&request.view.asset)?;
    Ok(stage::layout(&drawn.scene, &(&request.view).into()).into())
}

pub(crate) fn over(desk: &Desk, request: OverRequest) -> Result<OverAnswer, Fault> {
    Ok(desk
        .over(&request.asset)?
        .answer(|written| desk.contents.missing_scripts(written)))
}

pub(crate) fn stage_place(desk: &Desk, request: StagePlace) -> Result<Empty, Fault> {
    desk.window()?.stage_place(request).map(|()| Empty {})
}

pub(crate) fn stage_guides(desk: &Desk, request: StageGuides) -> Result<Empty, Fault> {
    desk.window()?.stage_guides(request).map(|()| Empty {})
}

pub(crate) fn stage_grab(desk: &Desk, _request: Empty) -> Result<Empty, Fault> {
    desk.window()?.stage_grab().map(|()| Empty {})
}

pub(crate) fn stage_compare(desk: &Desk, request: StageCompare) -> Result<Empty, Fault> {
    desk.window()?.stage_compare(request).map(|()| Empty {})
}

pub(crate) fn stage_meter_reset(desk: &Desk, _request: Empty) -> Result<Empty, Fault> {
    desk.window()?.stage_meter_reset().map(|()| Empty {})
}

pub(crate) fn stage_holes(desk: &Desk, request: StageHoles) -> Result<Empty, Fault> {
    desk.window()?.stage_holes(request).map(|()| Empty {})
}

pub(crate) fn stage_detach(desk: &Desk, request: StageDetach) -> Result<Empty, Fault> {
    desk.window()?.stage_detach(request).map(|()| Empty {})
}

pub(crate) fn stage_open(desk: &Desk, request: StageOpen) -> Result<Empty, Fault> {
    desk.window()?.stage_open(request).map(|()| Empty {})
}

pub(crate) fn stage_mix(desk: &Desk, request: StageMix) -> Result<StageChannels, Fault> {
    desk.window()?.stage_mix(request)
}

pub(crate) fn stage_view(desk: &Desk, request: StageView) -> Result<Empty, Fault> {
    desk.window()?.stage_view(request.view).map(|()| Empty {})
}

pub(crate) fn transport(desk: &Desk, request: Transport) -> Result<Empty, Fault> {
    desk.window()?.transport(request).map(|()| Empty {})
}

pub(crate) fn pick_files(desk: &Desk, _request: Empty) -> Result<Picked, Fault> {
    let files = desk.window()?.pick_files()?;
    desk.workstation().ingest(&files).map(Into::into)
}

pub(crate) fn save_export(desk: &Desk, request: SaveExport) -> Result<Saved, Fault> {
    let window = desk.window()?;
    let file = desk.workstation().export_path(&request.export_id)?;
    let name = file
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    window
        .save_export(&request.export_id, &name)
        .map(|saved| Saved { saved })
}
