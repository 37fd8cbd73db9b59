// lake/parquet/growing_array.h: an array that is filled without looking for its end at each value.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <type_traits>

namespace rcml::lake {

// Unlike std::vector it leaves new room as it is, and add() trusts make_room(). Memory is kept until release().
template <class T>
class GrowingArray {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  // Room for `count` more.
  void make_room(size_t count) {
    if (size_ + count > capacity_) grow(size_ + count);
  }
  void add(T value) { items_[size_++] = value; }
  // Makes room by itself.
  void append(const T* values, size_t count) {
    make_room(count);
    if (count > 0) std::memcpy(items_.get() + size_, values, count * sizeof(T));
    size_ += count;
  }
  void clear() { size_ = 0; }
  void release() {
    items_.reset();
    size_ = capacity_ = 0;
  }

  T* data() { return items_.get(); }
  const T* data() const { return items_.get(); }
  size_t size() const { return size_; }
  std::span<const T> span() const { return {items_.get(), size_}; }
  int64_t bytes_held() const { return static_cast<int64_t>(capacity_ * sizeof(T)); }

 private:
  void grow(size_t count) {
    const size_t capacity = std::max(count, 2 * capacity_);
    auto items = std::make_unique_for_overwrite<T[]>(capacity);
    if (size_ > 0) std::memcpy(items.get(), items_.get(), size_ * sizeof(T));
    items_ = std::move(items);
    capacity_ = capacity;
  }

  std::unique_ptr<T[]> items_;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

using ByteArray = GrowingArray<char>;

}  // namespace rcml::lake
