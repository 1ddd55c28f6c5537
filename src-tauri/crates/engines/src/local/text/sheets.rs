//! Several small pictures as one file, so that the reader starts once for all of them: starting costs it more than reading.

use image::GrayImage;

/// Fields of a page's directory: how much each page's header takes.
const FIELDS: u16 = 9;
const SHORT: u16 = 3;
const LONG: u16 = 4;

/// A TIFF of uncompressed grey pages. Sizes beyond 4 GiB are not made: the caller's pictures are small.
pub(super) fn sheets<'a>(pages: impl Iterator<Item = &'a GrayImage>) -> Vec<u8> {
    // little-endian, version 42, and where the first directory lies, filled in with every next one
    let mut file = vec![b'I', b'I', 42, 0];
    let mut link = file.len();
    file.extend([0; 4]);
    for page in pages {
        let strip = offset(&file);
        file.extend_from_slice(page.as_raw());
        if !file.len().is_multiple_of(2) {
            file.push(0);
        }
        let directory = offset(&file);
        file[link..link + 4].copy_from_slice(&directory.to_le_bytes());
        file.extend(FIELDS.to_le_bytes());
        let bytes = page.width() * page.height();
        // width, height, bits, no compression, black is zero, where, samples, rows, bytes
        for (tag, kind, value) in [
            (256u16, LONG, page.width()),
            (257, LONG, page.height()),
            (258, SHORT, 8),
            (259, SHORT, 1),
            (262, SHORT, 1),
            (273, LONG, strip),
            (277, SHORT, 1),
            (278, LONG, page.height()),
            (279, LONG, bytes),
        ] {
            file.extend(tag.to_le_bytes());
            file.extend(kind.to_le_bytes());
            file.extend(1u32.to_le_bytes());
            file.extend(value.to_le_bytes());
        }
        link = file.len();
        file.extend([0; 4]);
    }
    file
}

fn offset(file: &[u8]) -> u32 {
    u32::try_from(file.len()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_is_found_by_its_link_and_holds_its_pixels() {
        let pages = [
            GrayImage::from_pixel(3, 1, image::Luma([7])),
            GrayImage::from_pixel(4, 2, image::Luma([9])),
        ];
        let file = sheets(pages.iter());
        let long = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap()) as usize;
        let mut directory = long(4);
        for page in &pages {
            let value = |field: usize| long(directory + 2 + field * 12 + 8);
            assert_eq!(
                (value(0), value(1)),
                (page.width() as usize, page.height() as usize)
            );
            assert_eq!(&file[value(5)..value(5) + value(8)], page.as_raw().as_slice());
            directory = long(directory + 2 + 9 * 12);
        }
        assert_eq!(directory, 0, "the last page links to none");
    }
}
